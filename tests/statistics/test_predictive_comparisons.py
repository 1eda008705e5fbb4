"""Comparisons of predictive values against other ways to the same numbers."""

import numpy as np
import pytest
from scipy.stats import chi2, norm

from cirrhosis.statistics.classification import npv, ppv
from cirrhosis.statistics.paired import compare_predictive_values

METHODS = ("weighted_generalized_score", "generalized_score", "relative")
CELLS = ("d11", "d10", "d01", "d00", "n11", "n10", "n01", "n00")
# Coronary Artery Surgery Study (Weiner et al. 1979), 871 men.
CASS = dict(zip(CELLS, (473, 29, 81, 25, 22, 46, 44, 151), strict=True))


def values_of(shares):
    """PPV of both tests of shares of all eight cells."""
    d11, d10, d01, _, n11, n10, n01, _ = shares
    return (
        (d11 + d10) / (d11 + d10 + n11 + n10),
        (d11 + d01) / (d11 + d01 + n11 + n01),
    )


def delta_method(function, counts):
    """Standard error of a function of multinomial shares, by numerical derivatives."""
    counts = np.array([counts[name] for name in CELLS], dtype=float)
    shares, n = counts / counts.sum(), counts.sum()
    step = 1e-6
    slopes = np.array(
        [
            (function(shares + step * unit) - function(shares - step * unit)) / (2 * step)
            for unit in np.eye(8)
        ]
    )
    covariance = (np.diag(shares) - np.outer(shares, shares)) / n
    return float(np.sqrt(slopes @ covariance @ slopes))


def test_interval_of_the_difference_is_the_delta_method(expand):
    found = compare_predictive_values(*expand(CASS), value="ppv")

    def difference(shares):
        first, second = values_of(shares)
        return first - second

    margin = 1.959964 * delta_method(difference, CASS)
    assert found.high - found.difference == pytest.approx(margin, rel=1e-5)


def test_interval_of_the_ratio_is_the_delta_method_on_the_log_scale(expand):
    found = compare_predictive_values(*expand(CASS), value="ppv", method="relative")

    def log_ratio(shares):
        first, second = values_of(shares)
        return float(np.log(first / second))

    error = delta_method(log_ratio, CASS)
    ratio = (502 / 570) / (554 / 620)
    assert np.exp(found.difference) == pytest.approx(ratio)
    assert found.high - found.difference == pytest.approx(1.959964 * error, rel=1e-5)
    assert found.p_value == pytest.approx(2 * norm.sf(abs(np.log(ratio)) / error), rel=1e-4)


@pytest.mark.parametrize("value", ["ppv", "npv"])
def test_generalized_score_is_that_of_the_marginal_regression(expand, value):
    # Leisenring: every call is a row; regress the truth on which test called, cluster patients.
    truth, first, second = (column.astype(bool) for column in expand(CASS))
    if value == "npv":
        truth, first, second = ~truth, ~first, ~second
    share = (truth[first].sum() + truth[second].sum()) / (first.sum() + second.sum())
    weight_second = second.sum() / (first.sum() + second.sum())
    scores = (truth - share) * (first * (0 - weight_second) + second * (1 - weight_second))
    expected = scores.sum() ** 2 / (scores**2).sum()
    found = compare_predictive_values(*expand(CASS), value=value, method="generalized_score")
    assert found.statistic == pytest.approx(expected)
    assert found.p_value == pytest.approx(chi2.sf(expected, 1))


@pytest.mark.parametrize("method", METHODS[:2])
def test_tests_without_a_shared_call_are_two_samples(method):
    # No patient is called by both, so the null variance is that of independent samples.
    truth = np.repeat([1, 0, 1, 0], [30, 10, 22, 18])
    first = np.repeat([1, 1, 0, 0], [30, 10, 22, 18])
    found = compare_predictive_values(truth, first, 1 - first, value="ppv", method=method)
    pooled = 52 / 80
    expected = (30 / 40 - 22 / 40) ** 2 / (pooled * (1 - pooled) * (1 / 40 + 1 / 40))
    assert found.statistic == pytest.approx(expected)


@pytest.mark.parametrize("method", METHODS)
def test_values_are_those_of_each_test_and_swapping_changes_the_sign(expand, method):
    truth, first, second = expand(CASS)
    for name, measure in (("ppv", ppv), ("npv", npv)):
        found = compare_predictive_values(truth, first, second, value=name, method=method)
        swapped = compare_predictive_values(truth, second, first, value=name, method=method)
        one, other = measure(truth, first).value, measure(truth, second).value
        expected = np.log(one / other) if method == "relative" else one - other
        assert found.difference == pytest.approx(expected)
        assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low))
        assert swapped.p_value == pytest.approx(found.p_value)


@pytest.mark.parametrize("method", METHODS)
def test_npv_is_the_ppv_of_everything_negated(expand, method):
    columns = expand(CASS)
    negative = compare_predictive_values(*columns, value="npv", method=method)
    negated = compare_predictive_values(
        *(1 - column for column in columns), value="ppv", method=method
    )
    assert negative == negated


def test_kosinskis_score_of_the_study_as_published(expand):
    positive, negative = (
        compare_predictive_values(*expand(CASS), value=value) for value in ("ppv", "npv")
    )
    assert positive.statistic == pytest.approx(0.8070579, abs=1e-7)
    assert negative.statistic == pytest.approx(22.50225, abs=1e-5)
    assert negative.p_value == pytest.approx(2.099e-06, rel=1e-3)


def test_a_call_that_a_test_never_gives_is_said():
    found = compare_predictive_values([1, 0], [0, 0], [1, 0], value="ppv")
    assert (found.reason, found.n) == ("a test never gives this call", 1)


@pytest.mark.parametrize("method", METHODS)
def test_identical_tests_have_no_variance_and_a_reason(method):
    call = [1, 1, 0, 0]
    found = compare_predictive_values([1, 0, 1, 0], call, call, value="ppv", method=method)
    assert (found.difference, found.p_value) == (0, None)
    assert "no variance" in found.reason


def test_a_ratio_with_nothing_right_is_undefined():
    found = compare_predictive_values(
        [1, 0, 0], [1, 0, 0], [0, 1, 0], value="ppv", method="relative"
    )
    assert found.difference is None
    assert "logarithm" in found.reason
    with pytest.raises(ValueError, match="ppv, npv"):
        compare_predictive_values([1, 0], [1, 0], [0, 1], value="sensitivity")
    with pytest.raises(ValueError, match="weighted_generalized_score"):
        compare_predictive_values([1, 0], [1, 0], [0, 1], value="ppv", method="wald")
