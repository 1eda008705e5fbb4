"""Predictive values where the disease is more or less common than in the sample."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from cirrhosis.statistics.estimates import Estimate, normal_quantile
from cirrhosis.statistics.samples import FloatArray, check_level

METHOD = "bayes_mercaldo_logit"


class PredictiveValues(NamedTuple):
    """Predictive values at one prevalence.

    Attributes:
        prevalence: Share of positives it holds for.
        ppv: P(positive | called positive); `n` counts the patients behind sensitivity and
            specificity.
        npv: P(negative | called negative).
    """

    prevalence: float
    ppv: Estimate
    npv: Estimate


def predictive_values_at(
    prevalences: ArrayLike,
    *,
    sensitivity: Estimate,
    specificity: Estimate,
    confidence_level: float = 0.95,
) -> list[PredictiveValues]:
    """Estimate predictive values at given prevalences by Bayes' rule.

    Estimand: PPV = se p / (se p + (1 - sp)(1 - p)), NPV = sp (1 - p) / (sp (1 - p) + (1 - se) p).
    Sensitivity and specificity are assumed to hold at every prevalence, which they do not
    where the spectrum of disease differs. Patients are independent; the prevalence is
    exact; the interval is Mercaldo's standard logit.

    Args:
        prevalences: Shares of positives, in (0, 1).
        sensitivity: With its value and `n`, the positive patients behind it.
        specificity: With its value and `n`, the negative patients behind it.
        confidence_level: Coverage of the intervals, in (0, 1).

    Returns:
        One record per prevalence. With a sensitivity or specificity of 0 or 1 the interval
        does not exist; without either, nothing does.

    Raises:
        ValueError: If a prevalence is outside (0, 1).

    References:
        Mercaldo, Lau, Zhou (2007), Statistics in Medicine 26(10), 2170-2183.

    Example:
        >>> half = Estimate(0.9, None, None, 100, "")
        >>> predictive_values_at([0.5], sensitivity=half, specificity=half)[0].ppv.value
        0.9
    """
    check_level(confidence_level)
    shares = np.atleast_1d(np.asarray(prevalences, dtype=np.float64))
    if not ((shares > 0) & (shares < 1)).all():
        raise ValueError(
            f"expected prevalences in (0, 1), found {shares.tolist()[:3]}; write 5 % as 0.05"
        )
    ppv = _apply_bayes(sensitivity, specificity, shares=shares, level=confidence_level)
    npv = _apply_bayes(specificity, sensitivity, shares=1 - shares, level=confidence_level)
    return [
        PredictiveValues(float(share), *values)
        for share, *values in zip(shares, ppv, npv, strict=True)
    ]


def _apply_bayes(
    same: Estimate, other: Estimate, *, shares: FloatArray, level: float
) -> list[Estimate]:
    """Return P(class | called so); `same` is the class's rate, `shares` its prevalence."""
    n = same.n + other.n
    if same.value is None or other.value is None:
        reason = "sensitivity or specificity is undefined"
        return [Estimate(None, None, None, n, METHOD, reason) for _ in shares]
    hits, alarms = same.value * shares, (1 - other.value) * (1 - shares)
    if same.value == 0 and other.value == 1:
        reason = "nobody is called so"
        return [Estimate(None, None, None, n, METHOD, reason) for _ in shares]
    values = hits / (hits + alarms)
    if {same.value, other.value} & {0.0, 1.0}:
        reason = "Mercaldo's logit interval does not exist with a rate of 0 or 1"
        return [Estimate(float(value), None, None, n, METHOD, reason) for value in values]
    variance = (1 - same.value) / (same.value * same.n)
    variance += other.value / ((1 - other.value) * other.n)
    half = normal_quantile(level) * float(np.sqrt(variance))
    low, high = expit(logit(values) - half), expit(logit(values) + half)
    return [
        Estimate(value, lower, upper, n, METHOD)
        for value, lower, upper in zip(values.tolist(), low.tolist(), high.tolist(), strict=True)
    ]
