"""What one column of a group of patients holds: quartiles of numbers, counts of words."""

from collections.abc import Iterable
from typing import Any

import pandas as pd

SEPARATOR = ";"
WHOLE = r"^(-?\d+)\.0$"
NUMBER_COLUMNS = ("mean", "sd", "median", "q1", "q3", "minimum", "maximum")


def is_number(column: "pd.Series[Any]") -> bool:
    """Return whether a column holds amounts; true and false are words."""
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def read_words(column: "pd.Series[Any]") -> "pd.Series[str]":
    """Return the known values of a column as text; whole numbers lose their `.0`."""
    known = column.dropna()
    if is_number(known) or pd.api.types.is_bool_dtype(known):
        return known.astype(float).map(lambda value: f"{value:g}").astype("string")
    return known.astype("string").str.strip().str.replace(WHOLE, r"\1", regex=True)


def split_words(words: "pd.Series[str]") -> "pd.Series[str]":
    """Return one row per distinct word of a cell with several; the index repeats."""
    parts = words.map(lambda cell: sorted({part.strip() for part in cell.split(SEPARATOR)} - {""}))
    return parts.explode().dropna().astype("string")


def list_levels(words: Iterable[str]) -> list[str]:
    """Return the distinct words: numbers by size, then the others by name."""
    return sorted(set(words), key=_order)


def summarise_numbers(values: "pd.Series[float]") -> dict[str, float | None]:
    """Return mean, standard deviation, median, quartiles (type 7) and range of known values.

    A standard deviation needs two values; without any value all are None.

    References:
        Hyndman, Fan (1996), The American Statistician 50(4), 361-365 (type 7).
    """
    if values.empty:
        return dict.fromkeys(NUMBER_COLUMNS)
    quartiles = values.quantile([0.25, 0.5, 0.75])
    return {
        "mean": float(values.mean()),
        "sd": float(values.std(ddof=1)) if len(values) > 1 else None,
        "median": float(quartiles[0.5]),
        "q1": float(quartiles[0.25]),
        "q3": float(quartiles[0.75]),
        "minimum": float(values.min()),
        "maximum": float(values.max()),
    }


def _order(word: str) -> tuple[int, float, str]:
    try:
        return 0, float(word), word
    except ValueError:
        return 1, 0.0, word
