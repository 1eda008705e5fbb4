"""Values that cannot be true in their column's unit: found and named, never corrected."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cirrhosis.clinical.plausible_limits import LIMITS, Limits, guess_unit

COLUMNS = ("patient_id", "column", "value", "low", "high", "likely_cause")
SUSPECT_COLUMNS = ("column", "n", "median", "usual_low", "usual_high", "likely_cause")
_PROTHROMBIN_SECONDS = (9.0, 40.0)
_QUICK_PERCENT = (40.0, 150.0)
# Fewer values say little about the unit of a column.
LEAST_FOR_A_COLUMN = 10


def change_limits(changes: Mapping[str, Sequence[float]]) -> dict[str, Limits]:
    """Return the limits with some columns' own low and high.

    Args:
        changes: Low and high by column, such as `{"platelets_e9_per_l": (2, 3000)}`.

    Raises:
        ValueError: If a column has no limits, or a pair is not two rising numbers.
    """
    limits = dict(LIMITS)
    for column, pair in changes.items():
        if column not in limits:
            raise ValueError(
                f"expected a column with limits among {', '.join(limits)}, found '{column}'"
            )
        if len(pair) != 2 or not pair[0] < pair[1]:
            raise ValueError(f"expected a low and a higher limit for {column}, got {list(pair)}")
        limits[column] = limits[column]._replace(
            low=float(pair[0]), high=float(pair[1]), rationale="given in the configuration"
        )
    return limits


def find_implausible(patients: pd.DataFrame, limits: Mapping[str, Limits] = LIMITS) -> pd.DataFrame:
    """Return one row per value outside the limits of its column.

    Args:
        patients: Rows of `patients.csv`, with `patient_id` as column or index.
        limits: Limits by column; columns without limits are not judged.

    Returns:
        `patient_id`, `column`, `value`, `low`, `high`, `likely_cause`: the unit in which the
        value would be usual, as a guess for a person to check.
    """
    ids = patients["patient_id"] if "patient_id" in patients else patients.index.to_series()
    found = []
    for column in (name for name in limits if name in patients):
        values = pd.to_numeric(patients[column]).astype("float64")
        low, high = limits[column].low, limits[column].high
        outside = (values < low) | (values > high)
        part = pd.DataFrame(
            {"patient_id": ids[outside].astype("string"), "value": values[outside]}
        ).assign(column=column, low=low, high=high)
        part["likely_cause"] = [guess_cause(column, value) for value in part["value"]]
        found.append(part)
    table = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=list(COLUMNS))
    return table.loc[:, list(COLUMNS)]


def mark_implausible(patients: pd.DataFrame, limits: Mapping[str, Limits] = LIMITS) -> pd.DataFrame:
    """Return `patients` with every value outside its limits made missing, on request only."""
    outside = {
        column: (pd.to_numeric(patients[column]) < limits[column].low)
        | (pd.to_numeric(patients[column]) > limits[column].high)
        for column in limits
        if column in patients
    }
    return patients.assign(
        **{name: patients[name].mask(where.fillna(False)) for name, where in outside.items()}
    )


def suspect_columns(patients: pd.DataFrame, limits: Mapping[str, Limits] = LIMITS) -> pd.DataFrame:
    """Return columns whose median is unusual, but usual in another unit.

    A column in another unit throughout may stay inside the limits (bilirubin of 2 mg/dL reads
    as 2 umol/L); its median gives it away.

    Returns:
        `column`, `n`, `median`, `usual_low`, `usual_high`, `likely_cause`.
    """
    rows = []
    for column in (name for name in limits if name in patients):
        values = pd.to_numeric(patients[column]).astype("float64").dropna()
        low, high = limits[column].usual_low, limits[column].usual_high
        if len(values) < LEAST_FOR_A_COLUMN or low <= (median := float(np.median(values))) <= high:
            continue
        rows.append((column, len(values), median, low, high, guess_cause(column, median)))
    return pd.DataFrame(rows, columns=list(SUSPECT_COLUMNS))


def guess_cause(column: str, value: float) -> str:
    """Return what may have happened to a value, in words.

    Example:
        >>> guess_cause("platelets_e9_per_l", 150000.0)
        'looks like /uL'
        >>> guess_cause("inr", 12.5)
        'looks like a prothrombin time in seconds, which has no INR without the reagent'
    """
    if column == "inr":
        if _PROTHROMBIN_SECONDS[0] <= value <= _PROTHROMBIN_SECONDS[1]:
            return "looks like a prothrombin time in seconds, which has no INR without the reagent"
        if _QUICK_PERCENT[0] <= value <= _QUICK_PERCENT[1]:
            return "looks like a prothrombin activity in percent"
    unit = guess_unit(column, value)
    return f"looks like {unit}" if unit else "no known unit explains it; check the source"
