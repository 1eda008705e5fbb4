"""Which patients a run learns from, stops on, and predicts."""

from dataclasses import dataclass

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.splits import TEST_SPLITS, TRAINING, Splits

# Of the patients outside the held-out fold. Equal folds reach it with three folds; beyond it, as
# with two folds or with a centre larger than all others, stopping would cost most of the training.
MAXIMUM_STOPPING_SHARE = 0.5


@dataclass(frozen=True)
class Sides:
    """Patients of one run; no patient stands on two sides but under `paper`.

    Attributes:
        protocol: `nested`, `paper` or `fixed_epochs`: what decides when training stops.
        train: Patients whose images change the weights.
        stopping: Patients who choose the epoch; empty under `fixed_epochs`.
        held_out: Patients of the fold or pair of folds, predicted out-of-fold.
        tests: Patients of each test split; none for a pair.
        note: Why the protocol differs from the one asked for, else empty.
    """

    protocol: str
    train: tuple[str, ...]
    stopping: tuple[str, ...]
    held_out: tuple[str, ...]
    tests: dict[str, tuple[str, ...]]
    note: str = ""


def choose_sides(
    splits: Splits,
    fold: int,
    *,
    protocol: str,
    minimum_stopping: int = 15,
    without: int | None = None,
) -> Sides:
    """Return the sides of one fold, or of two folds that are held out together.

    `nested` stops on the next fold, the same for every sequence combination, so that the
    held-out fold decides nothing. `paper` stops on the held-out fold, as published.
    `fixed_epochs` stops nowhere and learns from all other folds; `nested` becomes it where the
    next fold is too small to stop on or holds over half of the patients that are left.

    With `without` a second fold takes part in nothing: the run's scores of either fold are
    those of a network that saw neither, which is what the forest of the other fold may be
    fitted on. Such a run is the same for both and predicts no test.

    Args:
        splits: The split file.
        fold: The fold held out.
        protocol: One of the three.
        minimum_stopping: Patients of the rarer class that a stopping fold needs; with fewer
            the AUROC of an epoch is mostly noise and `nested` becomes `fixed_epochs`.
        without: Another fold held out.

    Raises:
        ContractError: If a fold or the protocol does not exist, the two folds are one, no
            fold is left to learn from, or `paper` holds out two.
    """
    table = splits.included
    training = table[table["split"] == TRAINING]
    held_out = sorted({fold} if without is None else {fold, without})
    _check_choice(splits, held_out, protocol, is_pair=without is not None)
    is_held_out = training["fold"].isin(held_out)
    stop = _next_fold(held_out, splits.n_folds)
    is_stopping = training["fold"] == stop
    note = ""
    if protocol == "nested":
        note = _explain_unfit(training[is_stopping], training[~is_held_out], minimum_stopping)
        protocol = "fixed_epochs" if note else protocol
    stopping = {
        "nested": training[is_stopping],
        "paper": training[is_held_out],
        "fixed_epochs": training.iloc[:0],
    }[protocol]
    is_fitted = ~is_held_out & ~is_stopping if protocol == "nested" else ~is_held_out
    tests = () if without is not None else TEST_SPLITS
    return Sides(
        protocol=protocol,
        train=_names(training[is_fitted]),
        stopping=_names(stopping),
        held_out=_names(training[is_held_out]),
        tests={name: _names(table[table["split"] == name]) for name in tests},
        note=note,
    )


def _check_choice(splits: Splits, held_out: list[int], protocol: str, *, is_pair: bool) -> None:
    unknown = [fold for fold in held_out if fold not in range(splits.n_folds)]
    if unknown:
        raise ContractError(
            f"expected a fold of 0..{splits.n_folds - 1} in the split '{splits.name}', got"
            f" {unknown[0]}"
        )
    if protocol not in ("nested", "paper", "fixed_epochs"):
        raise ContractError(
            f"expected protocol nested, paper or fixed_epochs, but got {first([protocol])}"
        )
    if not is_pair:
        return
    if len(held_out) == 1:
        raise ContractError(f"expected two different folds, but got {held_out[0]} twice")
    if protocol == "paper":
        raise ContractError(
            "expected a protocol that decides nothing on held-out folds for a pair of them, but"
            " got 'paper'; use protocol=nested or protocol=fixed_epochs for nested fusion"
        )
    if splits.n_folds < 3:
        raise ContractError(
            f"expected at least 3 folds to hold out two, but the split '{splits.name}' has"
            f" {splits.n_folds}; draw more (`split.n_folds`)"
        )


def _next_fold(held_out: list[int], n_folds: int) -> int:
    """Return the fold after the last one held out that is not held out itself."""
    others = ((held_out[-1] + step) % n_folds for step in range(1, n_folds + 1))
    return next(fold for fold in others if fold not in held_out)


def check_sides(sides: Sides) -> Sides:
    """Return `sides` if nobody who is predicted was learnt from.

    Raises:
        ContractError: If a patient is on two sides (`paper` may stop on the held-out fold,
            because that is what it is; everything else may not).
    """
    tests = [patient for patients in sides.tests.values() for patient in patients]
    pairs = {
        "train and held out": (sides.train, sides.held_out),
        "train and stopping": (sides.train, sides.stopping),
        "train and test": (sides.train, tests),
        "stopping and test": (sides.stopping, tests),
        "held out and test": (sides.held_out, tests),
    }
    if sides.protocol != "paper":
        pairs["stopping and held out"] = (sides.stopping, sides.held_out)
    for name, (left, right) in pairs.items():
        both = sorted(set(left) & set(right))
        if both:
            raise ContractError(
                f"expected nobody on two sides, but {len(both)} patients are in {name}:"
                f" {first(both)}. Their predictions would not be out-of-fold; redraw the split."
            )
    return sides


def _names(table: object) -> tuple[str, ...]:
    return tuple(str(name) for name in table["patient_id"])  # type: ignore[index]


def _explain_unfit(stopping: pd.DataFrame, others: pd.DataFrame, minimum: int) -> str:
    """Return why a fold cannot be stopped on, else nothing."""
    fold, n_positive = stopping["fold"].iloc[0], int(stopping["target"].sum())
    rarer = min(n_positive, len(stopping) - n_positive)
    remedy = "the run trains a fixed number of epochs"
    if rarer < minimum:
        return (
            f"fold {fold} has {rarer} patients of the rarer class, too few to stop on"
            f" ({minimum}); {remedy}"
        )
    if len(stopping) > MAXIMUM_STOPPING_SHARE * len(others):
        return (
            f"fold {fold} has {len(stopping)} of the {len(others)} patients that are not held"
            f" out, too many to stop on ({MAXIMUM_STOPPING_SHARE:.0%} at most); {remedy}"
        )
    return ""
