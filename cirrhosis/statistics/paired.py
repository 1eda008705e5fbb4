"""Tests of two yes/no calls on the same patients."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom, chi2

from cirrhosis.statistics.classification import confusion_counts
from cirrhosis.statistics.estimates import Comparison, normal_quantile
from cirrhosis.statistics.samples import BoolArray, check_choice, check_level, read_labels

METHODS = ("exact", "mid_p", "asymptotic")
# Below this a variance under the null is 0/0 noise.
NO_VARIANCE = 1e-12


def mcnemar(correct_1: ArrayLike, correct_2: ArrayLike, *, method: str = "exact") -> Comparison:
    """Test whether two calls are correct equally often on the same patients.

    Estimand: difference of the shares called correctly, first minus second. Pairs are
    independent; only discordant pairs carry information.

    Args:
        correct_1: 1 where the first call is right, shape (n,).
        correct_2: 1 where the second call is right, shape (n,).
        method: `exact`: binomial, conservative. `mid_p`: less so. `asymptotic`:
            chi-square without continuity correction.

    Returns:
        The comparison, without an interval. With no discordant pair the exact and mid-p
        tests have p = 1, and the asymptotic statistic is 0/0: None with a reason.

    References:
        McNemar (1947), Psychometrika 12(2), 153-157.
        Fagerland, Lydersen, Laake (2013), BMC Med Res Methodol 13, 91 (mid-p).

    Example:
        >>> mcnemar([1, 1, 1, 0], [0, 0, 1, 0]).p_value
        0.5
    """
    check_choice(method, known=METHODS, name="method")
    counts = confusion_counts(correct_1, correct_2)
    first, second, n = counts.fn, counts.fp, sum(counts)
    name, difference = f"mcnemar_{method}", (counts.fn - counts.fp) / sum(counts)
    if first + second == 0:
        reason = "no discordant pair"
        p_value = None if method == "asymptotic" else 1.0
        return Comparison(difference, None, None, None, p_value, n, name, reason)
    if method == "asymptotic":
        statistic = (first - second) ** 2 / (first + second)
        return Comparison(difference, None, None, statistic, float(chi2.sf(statistic, 1)), n, name)
    p_value = _binomial_p(min(first, second), first + second, mid=method == "mid_p")
    return Comparison(difference, None, None, None, p_value, n, name)


def compare_sensitivity(
    y_true: ArrayLike, y_pred_1: ArrayLike, y_pred_2: ArrayLike, *, method: str = "exact"
) -> Comparison:
    """Test the difference of two sensitivities on the same patients by McNemar.

    Estimand: first minus second, among positive patients (`n`). Edge cases and `method`
    as in `mcnemar`; without a positive patient, None.

    References:
        McNemar (1947), Psychometrika 12(2), 153-157.

    Example:
        >>> compare_sensitivity([1, 1, 0], [1, 1, 0], [1, 0, 1]).difference
        0.5
    """
    truth, first, second = _read_calls(y_true, y_pred_1, y_pred_2)
    return _compare_correct(truth, first, second, rows=truth, method=method)


def compare_specificity(
    y_true: ArrayLike, y_pred_1: ArrayLike, y_pred_2: ArrayLike, *, method: str = "exact"
) -> Comparison:
    """Test the difference of two specificities on the same patients by McNemar.

    Estimand: first minus second, among negative patients (`n`). Edge cases and `method`
    as in `mcnemar`; without a negative patient, None.

    References:
        McNemar (1947), Psychometrika 12(2), 153-157.

    Example:
        >>> compare_specificity([1, 0, 0], [1, 0, 0], [1, 0, 1]).difference
        0.5
    """
    truth, first, second = _read_calls(y_true, y_pred_1, y_pred_2)
    return _compare_correct(truth, first, second, rows=~truth, method=method)


def compare_accuracy(
    y_true: ArrayLike, y_pred_1: ArrayLike, y_pred_2: ArrayLike, *, method: str = "exact"
) -> Comparison:
    """Test the difference of two accuracies on the same patients by McNemar.

    Estimand: first minus second, among all patients. Edge cases and `method` as in
    `mcnemar`.

    References:
        McNemar (1947), Psychometrika 12(2), 153-157.

    Example:
        >>> compare_accuracy([1, 0], [1, 0], [1, 1]).difference
        0.5
    """
    truth, first, second = _read_calls(y_true, y_pred_1, y_pred_2)
    rows = np.ones_like(truth)
    return _compare_correct(truth, first, second, rows=rows, method=method)


def compare_ppv(
    y_true: ArrayLike,
    y_pred_1: ArrayLike,
    y_pred_2: ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> Comparison:
    """Test the difference of two positive predictive values on the same patients.

    Estimand: first minus second. Kosinski's weighted generalized score, chi-square with
    one degree of freedom; the interval of the difference is Wald's. `n` counts patients
    called positive by either. Edge cases: a test without positive calls, or a null
    variance of 0, gives None with a reason.

    References:
        Kosinski (2013), Statistics in Medicine 32(6), 964-977.

    Example:
        >>> compare_ppv([1, 0], [0, 0], [1, 0]).reason
        'a test never gives this call'
    """
    truth, first, second = _read_calls(y_true, y_pred_1, y_pred_2)
    return _compare_predictive(truth, first, second, level=confidence_level)


def compare_npv(
    y_true: ArrayLike,
    y_pred_1: ArrayLike,
    y_pred_2: ArrayLike,
    *,
    confidence_level: float = 0.95,
) -> Comparison:
    """Test the difference of two negative predictive values on the same patients.

    Estimand: first minus second. Method and edge cases as in `compare_ppv`, with the
    negative calls.

    References:
        Kosinski (2013), Statistics in Medicine 32(6), 964-977.

    Example:
        >>> compare_npv([1, 0], [1, 1], [1, 0]).reason
        'a test never gives this call'
    """
    truth, first, second = _read_calls(y_true, y_pred_1, y_pred_2)
    return _compare_predictive(~truth, ~first, ~second, level=confidence_level)


def _compare_correct(
    truth: BoolArray, first: BoolArray, second: BoolArray, *, rows: BoolArray, method: str
) -> Comparison:
    check_choice(method, known=METHODS, name="method")
    if not rows.any():
        reason = "no patient of this class"
        return Comparison(None, None, None, None, None, 0, f"mcnemar_{method}", reason)
    correct_1, correct_2 = (first == truth)[rows], (second == truth)[rows]
    return mcnemar(correct_1, correct_2, method=method)


def _compare_predictive(
    truth: BoolArray, first: BoolArray, second: BoolArray, *, level: float
) -> Comparison:
    check_level(level)
    n, method = int((first | second).sum()), "weighted_generalized_score"
    n_1, n_2 = int(first.sum()), int(second.sum())
    if min(n_1, n_2) == 0:
        reason = "a test never gives this call"
        return Comparison(None, None, None, None, None, n, method, reason)
    right_1, right_2 = int((first & truth).sum()), int((second & truth).sum())
    both_right = int((first & second & truth).sum())
    both_wrong = int((first & second & ~truth).sum())
    value_1, value_2 = right_1 / n_1, right_2 / n_2
    pooled = (right_1 + right_2) / (n_1 + n_2)
    shared = (both_right * (1 - pooled) ** 2 + both_wrong * pooled**2) / (n_1 + n_2)
    null_variance = (pooled * (1 - pooled) - 2 * shared) * (1 / n_1 + 1 / n_2)
    covariance = both_right * (1 - value_1) * (1 - value_2) + both_wrong * value_1 * value_2
    variance = value_1 * (1 - value_1) / n_1 + value_2 * (1 - value_2) / n_2
    variance -= 2 * covariance / (n_1 * n_2)
    difference = value_1 - value_2
    margin = normal_quantile(level) * float(np.sqrt(max(variance, 0.0)))
    low, high = difference - margin, difference + margin
    if null_variance < NO_VARIANCE:
        reason = "the score has no variance under the null hypothesis"
        return Comparison(difference, low, high, None, None, n, method, reason)
    statistic = difference**2 / null_variance
    return Comparison(difference, low, high, statistic, float(chi2.sf(statistic, 1)), n, method)


def _binomial_p(smaller: int, n: int, *, mid: bool) -> float:
    if mid and 2 * smaller == n:
        return float(1 - binom.pmf(smaller, n, 0.5) / 2)
    twice = 2 * float(binom.cdf(smaller, n, 0.5))
    if mid:
        twice -= float(binom.pmf(smaller, n, 0.5))
    return min(1.0, twice)


def _read_calls(
    y_true: ArrayLike, y_pred_1: ArrayLike, y_pred_2: ArrayLike
) -> tuple[BoolArray, BoolArray, BoolArray]:
    truth = read_labels(y_true)
    first, second = read_labels(y_pred_1, name="y_pred_1"), read_labels(y_pred_2, name="y_pred_2")
    if not truth.shape == first.shape == second.shape:
        raise ValueError(
            f"expected one call of each test per label, found {first.size} and {second.size}"
            f" for {truth.size}; align the columns by patient first"
        )
    return truth, first, second
