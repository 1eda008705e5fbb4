"""Names of MRI sequences and of their combinations."""

import re
from collections.abc import Iterable, Sequence
from itertools import combinations

from cirrhosis.contracts.errors import ContractError, first

NAME = re.compile(r"[a-z][a-z0-9_]*")


def parse_sequences(value: str | Iterable[str]) -> tuple[str, ...]:
    """Return the sorted, unique sequences that `t1+t2` or `[t2, t1]` name.

    Both spellings give the same tuple, so both name the same run.

    Raises:
        ContractError: If the combination is empty, repeats a name, or a name is not made
            of lower-case letters, digits and underscores.
    """
    names = value.split("+") if isinstance(value, str) else [str(name) for name in value]
    names = [name.strip() for name in names]
    wrong = [name for name in names if not NAME.fullmatch(name)]
    if wrong or not names:
        raise ContractError(
            "expected sequences such as t1+t2 or [t1,dwi], names in lower-case letters, digits"
            f" and underscores, but got {first(wrong) or 'an empty list'}"
        )
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ContractError(
            f"expected each sequence once in a combination, but {first(repeated)} stands in it"
            " more than once; remove the repetition"
        )
    return tuple(sorted(names))


def join_sequences(sequences: Iterable[str]) -> str:
    """Return the one text that names a combination: sorted, joined by `+`."""
    return "+".join(parse_sequences(list(sequences)))


def subsets(sequences: Sequence[str]) -> list[str]:
    """Return every non-empty combination of `sequences`, smaller ones first."""
    names = parse_sequences(sequences)
    return [
        "+".join(chosen)
        for size in range(1, len(names) + 1)
        for chosen in combinations(names, size)
    ]


def check_available(
    wanted: Iterable[str], available: Iterable[str], where: str, *, setting: str = "sequences"
) -> None:
    """Refuse sequences that `where` does not have.

    Args:
        wanted: Names asked for.
        available: Names there are.
        where: What has them, for the error text.
        setting: What asked for them.

    Raises:
        ContractError: If a wanted sequence is not among the available ones.
    """
    known = sorted(available)
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise ContractError(
            f"expected sequences that {where} holds ({', '.join(known)}), but {first(unknown)}"
            f" is not among them; change `{setting}` or prepare a store that has it"
        )
