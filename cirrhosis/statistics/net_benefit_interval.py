"""Interval of a net benefit."""

from typing import NamedTuple

import numpy as np

from cirrhosis.statistics.decision import NetBenefit
from cirrhosis.statistics.estimates import normal_quantile
from cirrhosis.statistics.samples import FloatArray, check_level


class NetBenefitLimits(NamedTuple):
    """Limits at each threshold of a decision curve.

    Attributes:
        low: Lower limits.
        high: Upper limits.
        method: `normal_mean`.
        reason: Why there are none.
    """

    low: FloatArray | None
    high: FloatArray | None
    method: str
    reason: str | None = None


def bound_net_benefit(curve: NetBenefit, *, confidence_level: float = 0.95) -> NetBenefitLimits:
    """Bound the net benefit at each threshold.

    Estimand: as of `net_benefit`. It is the mean over patients of 1 for a true positive,
    -t / (1 - t) for a false positive and 0 otherwise, so the normal interval of a mean
    holds; the share of positives varies with the sample. Patients are independent, and the
    limits hold at one threshold, not for the whole curve. Where few patients are called
    positive the normal is a poor approximation. It needs two patients.

    Args:
        curve: What `net_benefit` returned.
        confidence_level: Coverage aimed at, in (0, 1).

    References:
        Marsh, Janes, Pepe (2020), Biometrics 76(3), 843-852.

    Example:
        >>> from cirrhosis.statistics.decision import net_benefit
        >>> curve = net_benefit([0, 1, 0, 1], [0.2, 0.7, 0.6, 0.4], thresholds=[0.5])
        >>> bound_net_benefit(curve).high.round(4).tolist()
        [0.8002]
    """
    check_level(confidence_level)
    method = "normal_mean"
    if curve.n < 2:
        return NetBenefitLimits(None, None, method, "a variance needs two patients")
    odds = curve.threshold / (1 - curve.threshold)
    squares = curve.tp_rate + curve.fp_rate * odds**2
    variance = np.clip(squares - curve.net_benefit**2, 0, None) / (curve.n - 1)
    margin = normal_quantile(confidence_level) * np.sqrt(variance)
    return NetBenefitLimits(curve.net_benefit - margin, curve.net_benefit + margin, method)
