"""Measures of yes/no calls that combine both classes: likelihood ratios, F1, Youden's index."""

import numpy as np
from numpy.typing import ArrayLike

from cirrhosis.statistics.classification import confusion_counts, sensitivity, specificity
from cirrhosis.statistics.estimates import Estimate, normal_quantile
from cirrhosis.statistics.samples import check_level


def positive_likelihood_ratio(
    y_true: ArrayLike, y_pred: ArrayLike, *, confidence_level: float = 0.95
) -> Estimate:
    """Estimate P(called positive | positive) / P(called positive | negative).

    Estimand: the factor by which a positive call multiplies the odds of the disease.
    Patients are independent; the interval is normal on the log scale; `n` counts all.
    Undefined without false positives or with a class absent; without true positives it is
    0 and has no interval.

    References:
        Simel, Samsa, Matchar (1991), J Clin Epidemiol 44(8), 763-770.

    Example:
        >>> positive_likelihood_ratio([1, 1, 0, 0], [1, 1, 1, 0]).value
        2.0
    """
    tp, fp, fn, tn = confusion_counts(y_true, y_pred)
    return _divide((tp, tp + fn), (fp, fp + tn), level=confidence_level)


def negative_likelihood_ratio(
    y_true: ArrayLike, y_pred: ArrayLike, *, confidence_level: float = 0.95
) -> Estimate:
    """Estimate P(called negative | positive) / P(called negative | negative).

    Estimand: the factor by which a negative call multiplies the odds of the disease.
    Assumptions and edge cases as in `positive_likelihood_ratio`, with negative calls.

    References:
        Simel, Samsa, Matchar (1991), J Clin Epidemiol 44(8), 763-770.

    Example:
        >>> negative_likelihood_ratio([1, 1, 0, 0], [1, 0, 0, 0]).value
        0.5
    """
    tp, fp, fn, tn = confusion_counts(y_true, y_pred)
    return _divide((fn, tp + fn), (tn, fp + tn), level=confidence_level)


def youden_index(
    y_true: ArrayLike, y_pred: ArrayLike, *, confidence_level: float = 0.95
) -> Estimate:
    """Estimate sensitivity + specificity - 1.

    Patients are independent; the interval is Wald's, the two classes being independent
    samples, cut to [-1, 1]. Undefined with a class absent; `n` counts all patients.

    References:
        Youden (1950), Cancer 3(1), 32-35.

    Example:
        >>> youden_index([1, 1, 0, 0], [1, 0, 0, 0]).value
        0.5
    """
    check_level(confidence_level)
    rates = sensitivity(y_true, y_pred), specificity(y_true, y_pred)
    n, variance, value = sum(rate.n for rate in rates), 0.0, -1.0
    for rate in rates:
        if rate.value is None:
            return Estimate(None, None, None, n, "wald", "a class is absent")
        value += rate.value
        variance += rate.value * (1 - rate.value) / rate.n
    margin = normal_quantile(confidence_level) * float(np.sqrt(variance))
    reason = "the variance is 0, so the interval has no width" if variance == 0 else None
    return Estimate(value, max(-1.0, value - margin), min(1.0, value + margin), n, "wald", reason)


def balanced_accuracy(
    y_true: ArrayLike, y_pred: ArrayLike, *, confidence_level: float = 0.95
) -> Estimate:
    """Estimate the mean of sensitivity and specificity.

    It is (Youden's index + 1) / 2, and so are its limits; assumptions and edge cases are
    those of `youden_index`.

    References:
        Brodersen, Ong, Stephan, Buhmann (2010), ICPR, 3121-3124.

    Example:
        >>> balanced_accuracy([1, 1, 0, 0], [1, 0, 0, 0]).value
        0.75
    """
    index = youden_index(y_true, y_pred, confidence_level=confidence_level)
    value, low, high = (
        None if one is None else (one + 1) / 2 for one in (index.value, index.low, index.high)
    )
    return Estimate(value, low, high, index.n, index.method, index.reason)


def f1_score(y_true: ArrayLike, y_pred: ArrayLike) -> Estimate:
    """Estimate the harmonic mean of sensitivity and positive predictive value.

    Estimand: 2 TP / (2 TP + FP + FN), at the sample's share of positives. Patients are
    independent. No interval: resample patients for one. Undefined where nobody is positive
    or called so.

    References:
        van Rijsbergen (1979), Information Retrieval, chapter 7.

    Example:
        >>> f1_score([1, 1, 0, 0], [1, 0, 1, 0]).value
        0.5
    """
    counts = confusion_counts(y_true, y_pred)
    n, involved = sum(counts), 2 * counts.tp + counts.fp + counts.fn
    if involved == 0:
        reason = "nobody is positive or called positive"
        return Estimate(None, None, None, n, "harmonic_mean", reason)
    return Estimate(2 * counts.tp / involved, None, None, n, "harmonic_mean")


def _divide(first: tuple[int, int], second: tuple[int, int], *, level: float) -> Estimate:
    """Return the ratio of two independent shares, each given as count and size."""
    check_level(level)
    (hits_1, n_1), (hits_2, n_2) = first, second
    n, method = n_1 + n_2, "log_normal_simel"
    if min(n_1, n_2) == 0:
        return Estimate(None, None, None, n, method, "a class is absent")
    if hits_2 == 0:
        return Estimate(None, None, None, n, method, "no negative patient receives this call")
    if hits_1 == 0:
        return Estimate(0.0, None, None, n, method, "the logarithm of 0 is infinite")
    ratio = (hits_1 / n_1) / (hits_2 / n_2)
    variance = 1 / hits_1 - 1 / n_1 + 1 / hits_2 - 1 / n_2
    factor = float(np.exp(normal_quantile(level) * np.sqrt(variance)))
    return Estimate(ratio, ratio / factor, ratio * factor, n, method)
