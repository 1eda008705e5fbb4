"""Tests of two yes/no calls on the same patients."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binom, chi2, norm

from cirrhosis.statistics.classification import confusion_counts
from cirrhosis.statistics.estimates import Comparison, normal_quantile
from cirrhosis.statistics.paired_calls import NO_VARIANCE, PairedCalls
from cirrhosis.statistics.samples import BoolArray, check_choice, check_level, read_labels

METHODS = ("exact", "mid_p", "asymptotic")
SCORES = {
    "weighted_generalized_score": PairedCalls.weighted_generalized_score,
    "generalized_score": PairedCalls.generalized_score,
}
NO_SCORE = "the score has no variance under the null hypothesis"


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


def compare_predictive_values(
    y_true: ArrayLike,
    y_pred_1: ArrayLike,
    y_pred_2: ArrayLike,
    *,
    value: str,
    method: str = "weighted_generalized_score",
    confidence_level: float = 0.95,
) -> Comparison:
    """Test the difference of two predictive values on the same patients.

    Estimand: first minus second, at the sample's share of positives; `relative` has
    log(first / second) as `difference`, whose exponential is the ratio. Patients are
    independent.

    Args:
        y_true: Class of each patient, 1 for positive.
        y_pred_1: Calls of the first test.
        y_pred_2: Calls of the second test.
        value: `ppv` or `npv`.
        method: `weighted_generalized_score` (Kosinski) keeps its level best in small
            samples; `generalized_score` is Leisenring's. Both are chi-square with one
            degree of freedom and have Wald's interval of the difference. `relative` is
            Moskowitz and Pepe's: a normal statistic and an interval on the log scale.
        confidence_level: Coverage of the interval, in (0, 1).

    Returns:
        The comparison; `n` counts patients who received the call from either test. A test
        that never gives it, a null variance of 0, or the logarithm of 0 leave it undefined.

    References:
        Kosinski (2013), Statistics in Medicine 32(6), 964-977.
        Leisenring, Alonzo, Pepe (2000), Biometrics 56(2), 345-351.
        Moskowitz, Pepe (2006), Clinical Trials 3(3), 272-279.

    Example:
        >>> compare_predictive_values([1, 0], [0, 0], [1, 0], value="ppv").reason
        'a test never gives this call'
    """
    check_choice(value, known=("ppv", "npv"), name="value")
    check_choice(method, known=(*SCORES, "relative"), name="method")
    check_level(confidence_level)
    truth, first, second = _read_calls(y_true, y_pred_1, y_pred_2)
    if value == "npv":
        truth, first, second = ~truth, ~first, ~second
    calls, n = PairedCalls.count(truth, first, second), int((first | second).sum())
    if min(calls.n_1, calls.n_2) == 0:
        reason = "a test never gives this call"
        return Comparison(None, None, None, None, None, n, method, reason)
    quantile = normal_quantile(confidence_level)
    if method == "relative":
        return _compare_ratio(calls, n=n, quantile=quantile)
    difference, margin = calls.value_1 - calls.value_2, quantile * calls.error_of_difference()
    low, high = difference - margin, difference + margin
    statistic = SCORES[method](calls)
    if statistic is None:
        return Comparison(difference, low, high, None, None, n, method, NO_SCORE)
    return Comparison(difference, low, high, statistic, float(chi2.sf(statistic, 1)), n, method)


def _compare_correct(
    truth: BoolArray, first: BoolArray, second: BoolArray, *, rows: BoolArray, method: str
) -> Comparison:
    check_choice(method, known=METHODS, name="method")
    if not rows.any():
        reason = "no patient of this class"
        return Comparison(None, None, None, None, None, 0, f"mcnemar_{method}", reason)
    correct_1, correct_2 = (first == truth)[rows], (second == truth)[rows]
    return mcnemar(correct_1, correct_2, method=method)


def _compare_ratio(calls: PairedCalls, *, n: int, quantile: float) -> Comparison:
    if 0 in (calls.value_1, calls.value_2):
        reason = "the logarithm of a predictive value of 0 is infinite"
        return Comparison(None, None, None, None, None, n, "relative", reason)
    difference = float(np.log(calls.value_1 / calls.value_2))
    error = calls.error_of_log_ratio()
    low, high = difference - quantile * error, difference + quantile * error
    if error**2 < NO_VARIANCE:
        reason = "the ratio has no variance"
        return Comparison(difference, low, high, None, None, n, "relative", reason)
    statistic = difference / error
    p_value = 2 * float(norm.sf(abs(statistic)))
    return Comparison(difference, low, high, statistic, p_value, n, "relative")


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
