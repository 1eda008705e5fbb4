"""Tests of the difference of two areas under ROC curves."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm, t

from cirrhosis.statistics.delong import DelongCovariance, delong_covariance
from cirrhosis.statistics.estimates import Comparison, normal_quantile
from cirrhosis.statistics.samples import check_choice, check_level, read_labels, read_scores

# pROC's limit below which the variance of a difference is rounding noise.
NO_VARIANCE = 1e-14
TOO_FEW = "DeLong's variance needs two patients of each class"


def compare_auroc_paired(
    y_true: ArrayLike,
    y_score_1: ArrayLike,
    y_score_2: ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> Comparison:
    """Test the difference of two areas of the same patients, first minus second.

    Estimand: difference of the areas under the ROC curves. Patients are independent, and
    both scores are known for each. Normal reference. Edge cases: fewer than two patients
    of a class give None; a difference without variance has p = 1 if the areas are equal
    (pROC's convention, said in `reason`) and none otherwise.

    References:
        DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44(3), 837-845.

    Example:
        >>> compare_auroc_paired([0, 0, 1, 1], [1, 2, 3, 4], [1, 2, 3, 4]).p_value
        1.0
    """
    check_level(confidence_level)
    truth = read_labels(y_true)
    scores = [read_scores(column, like=truth) for column in (y_score_1, y_score_2)]
    method = "delong_paired"
    if truth.all() or not truth.any():
        return _undefined(None, n=truth.size, method=method, reason="one class is absent")
    areas, covariance, _, _ = delong_covariance(truth, *scores)
    difference = float(areas[0] - areas[1])
    if covariance is None:
        return _undefined(difference, n=truth.size, method=method, reason=TOO_FEW)
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    return _compare(
        difference, variance=variance, n=truth.size, method=method, level=confidence_level
    )


def compare_auroc_unpaired(
    y_true_1: ArrayLike,
    y_score_1: ArrayLike,
    y_true_2: ArrayLike,
    y_score_2: ArrayLike,
    *,
    reference: str = "t",
    confidence_level: float = 0.95,
) -> Comparison:
    """Test the difference of two areas of different patients, first minus second.

    Estimand: difference of the areas under the ROC curves of two independent groups.

    Args:
        y_true_1: Class of each patient of the first group.
        y_score_1: Score of each patient of the first group.
        y_true_2: Class of each patient of the second group.
        y_score_2: Score of each patient of the second group.
        reference: `t` with Welch-Satterthwaite degrees of freedom over all patients of
            each group (what pROC prints), or `normal`.
        confidence_level: Coverage of the interval of the difference, in (0, 1).

    Returns:
        The comparison. Edge cases as in `compare_auroc_paired`.

    References:
        DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44(3), 837-845.
        Robin et al. (2011), BMC Bioinformatics 12, 77 (pROC, unpaired test).

    Example:
        >>> compare_auroc_unpaired([0, 1], [1, 2], [0, 1], [1, 2]).reason
        "DeLong's variance needs two patients of each class"
    """
    check_choice(reference, known=("t", "normal"), name="reference")
    check_level(confidence_level)
    groups = []
    for y_true, y_score in ((y_true_1, y_score_1), (y_true_2, y_score_2)):
        truth = read_labels(y_true)
        scores = read_scores(y_score, like=truth)
        both = truth.any() and not truth.all()
        groups.append(delong_covariance(truth, scores) if both else None)
    n, method = np.size(y_true_1) + np.size(y_true_2), f"delong_unpaired_{reference}"
    first, second = groups
    if first is None or second is None:
        return _undefined(None, n=n, method=method, reason="one class is absent in a group")
    difference = float(first.areas[0] - second.areas[0])
    if first.covariance is None or second.covariance is None:
        return _undefined(difference, n=n, method=method, reason=TOO_FEW)
    variance = float(first.covariance[0, 0] + second.covariance[0, 0])
    freedom = _satterthwaite(first, second) if reference == "t" and variance > 0 else None
    return _compare(
        difference, variance=variance, n=n, method=method, level=confidence_level, freedom=freedom
    )


def _compare(
    difference: float,
    *,
    variance: float,
    n: int,
    method: str,
    level: float,
    freedom: float | None = None,
) -> Comparison:
    if variance < NO_VARIANCE:
        if difference == 0:
            reason = "the difference has no variance; p = 1 by convention (pROC)"
            return Comparison(0.0, 0.0, 0.0, 0.0, 1.0, n, method, reason)
        reason = "the difference has no variance although the areas differ"
        return _undefined(difference, n=n, method=method, reason=reason)
    error = float(np.sqrt(variance))
    statistic = difference / error
    tail = norm.sf(abs(statistic)) if freedom is None else t.sf(abs(statistic), freedom)
    quantile = normal_quantile(level) if freedom is None else float(t.ppf((1 + level) / 2, freedom))
    low, high = difference - quantile * error, difference + quantile * error
    return Comparison(
        difference, low, high, statistic, float(2 * tail), n, method, degrees_of_freedom=freedom
    )


def _satterthwaite(first: DelongCovariance, second: DelongCovariance) -> float:
    parts = []
    for group in (first, second):
        variance = 0.0 if group.covariance is None else float(group.covariance[0, 0])
        parts.append((variance, group.n_positive + group.n_negative - 1))
    total = sum(variance for variance, _ in parts)
    return total**2 / sum(variance**2 / freedom for variance, freedom in parts)


def _undefined(difference: float | None, *, n: int, method: str, reason: str) -> Comparison:
    return Comparison(difference, None, None, None, None, n, method, reason)
