"""Whether scores rise with an ordered group."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from cirrhosis.statistics.estimates import normal_quantile

METHOD = "spearman_bonett_wright"


class Trend(NamedTuple):
    """Spearman's correlation.

    Attributes:
        value: The correlation; None where undefined.
        low: Lower limit.
        high: Upper limit.
        p_value: Two-sided, of no monotone association.
        n: Patients.
        method: Name of the correlation and its interval.
        reason: Why something is undefined.
    """

    value: float | None
    low: float | None
    high: float | None
    p_value: float | None
    n: int
    method: str
    reason: str | None = None


def correlate_ranks(
    groups: NDArray[np.float64], values: NDArray[np.float64], *, confidence_level: float = 0.95
) -> Trend:
    """Estimate Spearman's rank correlation of an ordered group and a value.

    Estimand: the correlation of ranks, ties sharing theirs. Patients are independent. The
    p value is that of Student's t with n - 2 degrees of freedom. The interval is normal on
    Fisher's scale with variance (1 + r^2 / 2) / (n - 3); ties make it approximate. Undefined
    with fewer than four patients or where all groups or all values are equal.

    References:
        Spearman (1904), American Journal of Psychology 15(1), 72-101.
        Bonett, Wright (2000), Psychometrika 65(1), 23-28 (interval).
    """
    n = len(groups)
    if n < 4 or np.ptp(groups) == 0 or np.ptp(values) == 0:
        reason = "fewer than four patients" if n < 4 else "all groups or all values are equal"
        return Trend(None, None, None, None, n, METHOD, reason)
    found = spearmanr(groups, values)
    value = float(found.statistic)
    if abs(value) == 1:
        reason = "Fisher's scale is infinite at a correlation of 1"
        return Trend(value, None, None, float(found.pvalue), n, METHOD, reason)
    half = normal_quantile(confidence_level) * float(np.sqrt((1 + value**2 / 2) / (n - 3)))
    low, high = (float(np.tanh(np.arctanh(value) + sign * half)) for sign in (-1, 1))
    return Trend(value, low, high, float(found.pvalue), n, METHOD)
