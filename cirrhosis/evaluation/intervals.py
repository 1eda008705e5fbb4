"""Days from MRI and from blood tests to the reference standard, with the 3-month rule."""

from typing import Any

import pandas as pd

from cirrhosis.evaluation.column_summary import summarise_numbers
from cirrhosis.evaluation.facts import parts_by_split
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.proportions import proportion_interval

EXCLUDED = "excluded"
SHOWN = ("median", "q1", "q3", "minimum", "maximum")
COLUMNS = (
    "interval",
    "split",
    "n_patients",
    "n",
    "n_missing",
    *(f"{name}_days" for name in SHOWN),
    "n_after_reference",
    "limit_days",
    "n_over_limit",
    "share_over_limit",
    "share_low",
    "share_high",
    "method",
    "reason",
)


def describe_intervals(facts: pd.DataFrame, *, settings: EvaluationSettings) -> pd.DataFrame:
    """Return how many days lie between an examination and the reference standard.

    Days are positive before the reference and negative after it; the limit holds on both
    sides. The MRI is the study that the split chose, else the patient's `mri_date`.

    Args:
        facts: Output of `join_facts`.
        settings: The limit in days and the coverage of intervals.

    Returns:
        A row per interval (`mri_to_reference`, `labs_to_reference`) and split, `all` and
        `excluded` beside them; columns are `COLUMNS`.
    """
    parts = parts_by_split(facts) | {EXCLUDED: facts[facts["excluded_for"].notna()]}
    reference = _read_dates(facts, "reference_date")
    chosen = {
        "mri_to_reference": _read_dates(facts, "study_date").fillna(_read_dates(facts, "mri_date")),
        "labs_to_reference": _read_dates(facts, "labs_date"),
    }
    days = {name: (reference - dates).dt.days for name, dates in chosen.items()}
    rows = [
        _describe(name, split, column.loc[part.index], settings)
        for name, column in days.items()
        for split, part in parts.items()
        if len(part)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _describe(
    name: str, split: str, days: "pd.Series[Any]", settings: EvaluationSettings
) -> dict[str, Any]:
    known = days.dropna().astype(float)
    summary = summarise_numbers(known)
    n_over = int((known.abs() > settings.cohort.limit_days).sum())
    share = proportion_interval(
        n_over,
        len(known),
        method=settings.cohort.share_method,
        confidence_level=settings.confidence_level,
    )
    return {
        "interval": name,
        "split": split,
        "n_patients": len(days),
        "n": len(known),
        "n_missing": len(days) - len(known),
        **{f"{key}_days": summary[key] for key in SHOWN},
        "n_after_reference": int((known < 0).sum()),
        "limit_days": settings.cohort.limit_days,
        "n_over_limit": n_over,
        "share_over_limit": share.value,
        "share_low": share.low,
        "share_high": share.high,
        "method": share.method,
        "reason": "" if len(known) else "no patient has both dates",
    }


def _read_dates(facts: pd.DataFrame, name: str) -> "pd.Series[pd.Timestamp]":
    if name not in facts:
        return pd.Series(pd.NaT, index=facts.index, dtype="datetime64[ns]")
    return pd.to_datetime(facts[name], format="%Y-%m-%d")
