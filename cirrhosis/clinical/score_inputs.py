"""How scores read numbers, arrays and columns, and give the same kind back."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Values = Any  # a number, an array or a pandas column; scores are vectorised over all three
Score = Any  # the same kind: a pandas column if an input is one, else an array


def read_numbers(*columns: Values) -> list[NDArray[np.float64]]:
    """Return floats with NaN for what is missing."""
    return [
        column.to_numpy(dtype=np.float64, na_value=np.nan)
        if isinstance(column, pd.Series)
        else np.asarray(column, dtype=np.float64)
        for column in columns
    ]


def read_positive(*columns: Values) -> list[NDArray[np.float64]]:
    """Return floats with NaN for what is missing, zero, negative or infinite."""
    return [
        np.where((number > 0) & np.isfinite(number), number, np.nan)
        for number in read_numbers(*columns)
    ]


def read_flags(*columns: Values) -> list[NDArray[np.float64]]:
    """Return 0 and 1 as floats, with NaN for everything else."""
    return [np.where(np.isin(number, [0, 1]), number, np.nan) for number in read_numbers(*columns)]


def like_inputs(score: NDArray[np.float64], *columns: Values) -> Score:
    """Return `score` as a pandas column if an input is one.

    Raises:
        ValueError: If columns of different tables came together.
    """
    indices = [column.index for column in columns if isinstance(column, pd.Series)]
    if not indices:
        return score
    if not all(index.equals(indices[0]) for index in indices):
        raise ValueError(
            "expected columns of one table, but their indices differ;"
            " align them by patient before computing a score"
        )
    return pd.Series(score, index=indices[0])
