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
        held_out: Patients of the fold, predicted out-of-fold.
        tests: Patients of each test split.
        note: Why the protocol differs from the one asked for, else empty.
    """

    protocol: str
    train: tuple[str, ...]
    stopping: tuple[str, ...]
    held_out: tuple[str, ...]
    tests: dict[str, tuple[str, ...]]
    note: str = ""


def choose_sides(splits: Splits, fold: int, *, protocol: str, minimum_stopping: int = 15) -> Sides:
    """Return the sides of one fold.

    `nested` stops on the next fold, the same for every sequence combination, so that the
    held-out fold decides nothing. `paper` stops on the held-out fold, as published.
    `fixed_epochs` stops nowhere and learns from all other folds; `nested` becomes it where the
    next fold is too small to stop on or holds over half of the patients that are left.

    Args:
        splits: The split file.
        fold: The fold held out.
        protocol: One of the three.
        minimum_stopping: Patients of the rarer class that a stopping fold needs; with fewer
            the AUROC of an epoch is mostly noise and `nested` becomes `fixed_epochs`.

    Raises:
        ContractError: If the fold or the protocol does not exist.
    """
    table = splits.included
    training = table[table["split"] == TRAINING]
    if fold not in range(splits.n_folds):
        raise ContractError(
            f"expected a fold of 0..{splits.n_folds - 1} in the split '{splits.name}', got {fold}"
        )
    if protocol not in ("nested", "paper", "fixed_epochs"):
        raise ContractError(
            f"expected protocol nested, paper or fixed_epochs, but got {first([protocol])}"
        )
    is_held_out = training["fold"] == fold
    is_stopping = training["fold"] == (fold + 1) % splits.n_folds
    note = ""
    if protocol == "nested":
        note = _explain_unfit(training[is_stopping], training[~is_held_out], minimum_stopping)
        protocol = "fixed_epochs" if note else protocol
    stopping = {
        "nested": training[is_stopping],
        "paper": training[is_held_out],
        "fixed_epochs": training.iloc[:0],
    }[protocol]
    fitted = training[~is_held_out & ~is_stopping] if protocol == "nested" else None
    return Sides(
        protocol=protocol,
        train=_names(training[~is_held_out] if fitted is None else fitted),
        stopping=_names(stopping),
        held_out=_names(training[is_held_out]),
        tests={name: _names(table[table["split"] == name]) for name in TEST_SPLITS},
        note=note,
    )


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
    fold, rarer = stopping["fold"].iloc[0], int(stopping["target"].value_counts().min())
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
