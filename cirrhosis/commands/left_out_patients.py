"""Patients of a split whom a run does not use: taken out, told and written down."""

import logging
from pathlib import Path

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.left_out import (
    AVAILABLE,
    COMPLETE_CASE,
    NOT_PREPARED,
    POOR_QUALITY,
    write_left_out,
)
from cirrhosis.contracts.splits import TRAINING, Splits

log = logging.getLogger("cirrhosis")

WORDS = {
    NOT_PREPARED: "could not be prepared (failures.csv of the store)",
    POOR_QUALITY: "were left out by preparation.quality (failures.csv of the store)",
    COMPLETE_CASE: "are no complete cases (data.incomplete=complete_case)",
    AVAILABLE: "lack a sequence of the combination (data.incomplete=available)",
}


def leave_out(left_out: pd.DataFrame, splits: Splits) -> Splits:
    """Return `splits` without those left out; folds stay as the split file has them.

    Args:
        left_out: Rows of `left_out.csv`.
        splits: As the split file has it.

    Raises:
        ContractError: If a fold has lost a class.
    """
    if left_out.empty:
        return splits
    kept = splits.table[~splits.table["patient_id"].isin(left_out["patient_id"])]
    poor = _describe_poor_folds(splits, kept)
    if poor:
        raise ContractError(
            f"expected both classes in every fold of the split '{splits.name}' without"
            f" {_count_reasons(left_out)}, but {len(poor)} of {splits.n_folds} folds lack"
            f" one: {first(poor)}. Draw fewer folds (`split.n_folds`), mend what is absent, or"
            " ask for less: data.incomplete=available, data.complete_over or fewer sequences"
        )
    return Splits(splits.name, splits.hash, kept)


def record_left_out(left_out: pd.DataFrame, folder: Path) -> None:
    """Say who is left out in the log, which stays on this machine, and write it down.

    Args:
        left_out: Rows of `left_out.csv`.
        folder: Of the run.
    """
    write_left_out(left_out, folder)
    for reason, rows in left_out.groupby("reason"):
        parts = rows["split"].value_counts(sort=False)
        lacking = rows["lacks"].dropna().str.split("+").explode().value_counts().sort_index()
        log.warning(
            "left out because they %s: %s%s: %s",
            WORDS[str(reason)],
            _join(parts, "of "),
            f" ({_join(lacking, 'without ')})" if len(lacking) else "",
            first(sorted(rows["patient_id"])),
        )


def _describe_poor_folds(splits: Splits, kept: pd.DataFrame) -> list[str]:
    before = splits.included["fold"].value_counts()
    training = kept[kept["excluded_for"].isna() & (kept["split"] == TRAINING)]
    classes = {fold: rows["target"] for fold, rows in training.groupby("fold")}
    nobody = training["target"].iloc[:0]
    counts = {
        fold: [int((classes.get(fold, nobody) == target).sum()) for target in (1, 0)]
        for fold in range(splits.n_folds)
    }
    return [
        f"fold {fold}: {positive} positive and {negative} negative left of {before[fold]} patients"
        for fold, (positive, negative) in counts.items()
        if not positive or not negative
    ]


def _count_reasons(left_out: pd.DataFrame) -> str:
    counts = left_out["reason"].value_counts()
    return " and ".join(f"{n} who {WORDS[str(reason)]}" for reason, n in counts.items())


def _join(counts: "pd.Series[int]", before: str) -> str:
    return ", ".join(f"{n} {before}{name}" for name, n in counts.items())
