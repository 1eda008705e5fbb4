"""How a run names the folds that it holds out: `3`, or `1-3` for a pair."""

import re
from itertools import combinations

from cirrhosis.contracts.errors import ContractError, first

NAME = re.compile(r"\d+(-\d+)?")


def parse_folds(value: int | str) -> tuple[int, ...]:
    """Return the one or two folds that `3` or `1-3` holds out, rising.

    Raises:
        ContractError: If the word is neither, or names one fold twice.
    """
    text = str(value)
    folds = tuple(sorted({int(part) for part in text.split("-")})) if NAME.fullmatch(text) else ()
    if len(folds) != text.count("-") + 1:
        raise ContractError(
            "expected a fold such as 3, two different ones such as 1-3, `all` or `pairs`, but got"
            f" {first([value])}"
        )
    return folds


def name_folds(folds: tuple[int, ...]) -> int | str:
    """Return the name of one or two folds; one fold stays a number."""
    return folds[0] if len(folds) == 1 else "-".join(map(str, sorted(folds)))


def list_pairs(n_folds: int) -> list[str]:
    """Return the names of all pairs of folds: k (k - 1) / 2 of them."""
    return [f"{one}-{other}" for one, other in combinations(range(n_folds), 2)]
