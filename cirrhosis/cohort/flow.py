"""The patient flow: how many leave at each rule, over all and by class and centre."""

from collections.abc import Sequence

import pandas as pd

from cirrhosis.cohort.eligibility import Rule
from cirrhosis.contracts.splits import TEST_SPLITS, TRAINING

START = "in patients.csv"
CLASSES = {1: "positive", 0: "negative"}
UNLABELLED = "unlabelled"
NO_CENTER = "unknown"
COLUMNS = (
    "step",
    "kind",
    "excluded",
    "remaining",
    "not_judged",
    *(f"remaining_{name}" for name in (*CLASSES.values(), UNLABELLED)),
)
GROUP_COLUMNS = ("group", "level", "step", "kind", "excluded", "remaining")


def count_flow(
    rules: Sequence[Rule], reasons: pd.Series, targets: pd.Series, splits: pd.Series
) -> pd.DataFrame:
    """Return the patient flow.

    Args:
        rules: The rules in order.
        reasons: Why each patient is excluded, missing for those who take part.
        targets: Class of each patient, excluded ones too, missing where unknown.
        splits: Split of those who take part.

    Returns:
        `step`; `kind`: `start`, `exclusion` (one row per rule, also where it excludes nobody),
        `split` (where the rest goes); `excluded`; `remaining`; `not_judged`: those who stay
        because the rule's value is missing; `remaining` by class.
    """
    remaining = pd.Series(True, index=reasons.index)
    rows = [_row(START, "start", 0, remaining, 0, targets)]
    for rule in rules:
        gone = (reasons == rule.name).fillna(False).astype(bool)
        remaining = remaining & ~gone
        unjudged = int((remaining & rule.unknown).sum())
        rows.append(_row(rule.name, "exclusion", int(gone.sum()), remaining, unjudged, targets))
    for split in (TRAINING, *TEST_SPLITS):
        within = (splits == split).fillna(False).astype(bool)
        if within.any():
            rows.append(_row(split, "split", 0, within, 0, targets))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def count_flow_by_group(
    rules: Sequence[Rule], reasons: pd.Series, targets: pd.Series, centers: pd.Series
) -> pd.DataFrame:
    """Return the patient flow of each class and each centre.

    Args:
        rules: The rules in order.
        reasons: Why each patient is excluded, missing for those who take part.
        targets: Class of each patient, missing where unknown.
        centers: Centre of each patient, missing where unknown.

    Returns:
        `group` (`class` or `center`), `level`, and `step`, `kind`, `excluded`, `remaining` as
        in `count_flow`.
    """
    levels = {
        "class": targets.map(CLASSES).astype("string").fillna(UNLABELLED),
        "center": centers.astype("string").fillna(NO_CENTER),
    }
    rows = []
    for group, names in levels.items():
        for level in sorted(names.unique()):
            own = reasons[names == level]
            remaining = len(own)
            rows.append((group, level, START, "start", 0, remaining))
            for rule in rules:
                gone = int((own == rule.name).sum())
                remaining -= gone
                rows.append((group, level, rule.name, "exclusion", gone, remaining))
    return pd.DataFrame(rows, columns=list(GROUP_COLUMNS))


def _row(
    step: str,
    kind: str,
    excluded: int,
    remaining: "pd.Series[bool]",
    not_judged: int,
    targets: pd.Series,
) -> tuple[object, ...]:
    own = targets[remaining]
    by_class = [int((own == label).sum()) for label in CLASSES]
    return (step, kind, excluded, len(own), not_judged, *by_class, int(own.isna().sum()))
