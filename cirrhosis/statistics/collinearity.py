"""How far each column is a linear combination of the others."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cirrhosis.statistics.samples import FloatArray

# A share of variance below this is rounding: the column is a combination of the others.
NOTHING_LEFT = 1e-10


class VarianceInflation(NamedTuple):
    """The variance inflation factor of one column.

    Attributes:
        value: 1 / (1 - R squared); infinite for an exact linear combination; None for a
            constant column.
        n: Rows.
        method: How it was computed.
        reason: Why the value is infinite or None.
    """

    value: float | None
    n: int
    method: str
    reason: str | None = None


def variance_inflation_factors(columns: ArrayLike) -> list[VarianceInflation]:
    """Estimate the variance inflation factor of each column.

    Estimand: 1 / (1 - R squared) of the regression of a column on all others and a
    constant. The constant is always added: without it the numbers are meaningless
    whenever a mean is far from 0. Constant columns have no factor and are left out of
    the other columns' regressions.

    Args:
        columns: Numbers without gaps, shape (n, k).

    Raises:
        ValueError: If the shape is not (n, k), a number is missing, or n <= k + 1.

    References:
        Marquardt (1970), Technometrics 12(3), 591-612.

    Example:
        >>> [one.value for one in variance_inflation_factors([[0, 0], [0, 1], [1, 0], [1, 1]])]
        [1.0, 1.0]
    """
    table = np.asarray(columns, dtype=np.float64)
    if table.ndim != 2 or table.shape[0] <= table.shape[1] + 1 or not np.isfinite(table).all():
        raise ValueError(
            "expected a table (n, k) of finite numbers with n > k + 1, found shape"
            f" {table.shape} with {int((~np.isfinite(table)).sum())} gaps;"
            " drop rows with gaps or use fewer columns"
        )
    varying = np.flatnonzero(np.ptp(table, axis=0) > 0)
    # Standardising first keeps units (1e-3 next to 1e4) out of the rank decision.
    scaled = (table[:, varying] - table[:, varying].mean(axis=0)) / table[:, varying].std(axis=0)
    factors = [
        VarianceInflation(None, len(table), "least_squares", "the column is constant")
        for _ in range(table.shape[1])
    ]
    for at, column in enumerate(varying):
        factors[column] = _read_factor(_unexplained(scaled, at), n=len(table))
    return factors


def _unexplained(scaled: FloatArray, at: int) -> float:
    """Return 1 - R squared of one standardised column; their means of 0 are the constant."""
    others = np.delete(scaled, at, axis=1)
    weights, *_ = np.linalg.lstsq(others, scaled[:, at], rcond=None)
    return float(np.mean((scaled[:, at] - others @ weights) ** 2))


def _read_factor(unexplained: float, *, n: int) -> VarianceInflation:
    if unexplained > NOTHING_LEFT:
        return VarianceInflation(1 / unexplained, n, "least_squares")
    reason = "the column is a linear combination of the others"
    return VarianceInflation(math.inf, n, "least_squares", reason)
