"""Calls: shares of counts, Mercaldo's interval, McNemar's test. R is in `tests/oracle`."""

from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_of_statsmodels

from cirrhosis.statistics.classification import (
    accuracy,
    confusion_counts,
    npv,
    ppv,
    sensitivity,
    specificity,
)
from cirrhosis.statistics.estimates import normal_quantile
from cirrhosis.statistics.paired import (
    compare_accuracy,
    compare_sensitivity,
    compare_specificity,
    mcnemar,
)
from cirrhosis.statistics.proportions import proportion_interval

# Zheng et al. 2024, combined model, internal test 1: TP 60, FP 5, FN 7, TN 22.
TRUTH = np.repeat([1, 0, 1, 0], [60, 5, 7, 22])
CALL = np.repeat([1, 1, 0, 0], [60, 5, 7, 22])
ROWS = st.lists(st.tuples(*[st.booleans()] * 3), min_size=4, max_size=30)


@pytest.mark.parametrize(
    ("measure", "n_right", "n"),
    [
        (sensitivity, 60, 67),
        (specificity, 22, 27),
        (accuracy, 82, 94),
        (ppv, 60, 65),
        (npv, 22, 29),
    ],
)
def test_measures_are_shares_of_counts(measure, n_right, n):
    found = measure(TRUTH, CALL)
    assert (found.value, found.n) == (pytest.approx(n_right / n), n)
    if found.method == "clopper_pearson":
        limits = binomtest(n_right, n).proportion_ci(method="exact")
        assert (found.low, found.high) == pytest.approx(tuple(limits))


def test_interval_of_a_predictive_value_is_the_delta_method_at_a_fixed_share():
    def logit_of_ppv(sens, spec):
        return np.log(67 / 94 * sens / (27 / 94 * (1 - spec)))

    sens, spec, step = 60 / 67, 22 / 27, 1e-6
    slopes = [
        (logit_of_ppv(sens + step, spec) - logit_of_ppv(sens - step, spec)) / (2 * step),
        (logit_of_ppv(sens, spec + step) - logit_of_ppv(sens, spec - step)) / (2 * step),
    ]
    variances = [sens * (1 - sens) / 67, spec * (1 - spec) / 27]
    error = np.sqrt(sum(a**2 * b for a, b in zip(slopes, variances, strict=True)))
    found = ppv(TRUTH, CALL)
    half = np.log(found.high / (1 - found.high)) - logit_of_ppv(sens, spec)
    assert half == pytest.approx(normal_quantile(0.95) * error, rel=1e-6)


def test_negated_classes_and_calls_exchange_the_measures():
    assert specificity(TRUTH, CALL) == sensitivity(1 - TRUTH, 1 - CALL)
    assert npv(TRUTH, CALL) == ppv(1 - TRUTH, 1 - CALL)


@given(ROWS)
@settings(max_examples=60, deadline=None)
def test_mcnemar_equals_statsmodels_and_the_definition(rows):
    _, first, second = np.array(rows).T
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    table = [[0, only_first], [only_second, 0]]
    exact, mid_p, plain = (
        mcnemar(first, second, method=name) for name in ("exact", "mid_p", "asymptotic")
    )
    n = only_first + only_second
    assert exact.difference == pytest.approx(first.mean() - second.mean())
    if n == 0:
        assert (exact.p_value, mid_p.p_value, plain.p_value) == (1, 1, None)
        return
    assert exact.p_value == pytest.approx(mcnemar_of_statsmodels(table, exact=True).pvalue)
    theirs = mcnemar_of_statsmodels(table, exact=False, correction=False)
    assert (plain.statistic, plain.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))
    # Outcomes less probable than the observed one, and half of those as probable.
    chances = [comb(n, k) / 2**n for k in range(n + 1)]
    observed = chances[only_first]
    expected = sum(one for one in chances if one < observed * (1 - 1e-9))
    expected += sum(one for one in chances if one == pytest.approx(observed)) / 2
    assert mid_p.p_value == pytest.approx(expected)


@given(ROWS)
@settings(max_examples=40, deadline=None)
def test_comparisons_are_mcnemar_on_the_rows_of_their_class(rows):
    truth, first, second = np.array(rows).T
    everyone = np.ones_like(truth)
    for compare, kept in (
        (compare_sensitivity, truth),
        (compare_specificity, ~truth),
        (compare_accuracy, everyone),
    ):
        found = compare(truth, first, second)
        if not kept.any():
            assert found.reason == "no patient of this class"
            continue
        assert found == mcnemar((first == truth)[kept], (second == truth)[kept])


def test_logit_interval_of_a_worked_example():
    # logit(1/2) = 0 and its error is 1 / sqrt(16 / 4) = 1/2, so the limits are +-0.98.
    found = proportion_interval(8, 16, method="logit")
    limits = (1 / (1 + np.exp(0.979982)), 1 / (1 + np.exp(-0.979982)))
    assert (found.low, found.high) == pytest.approx(limits, abs=1e-6)


def test_undefined_proportions_have_reasons():
    assert proportion_interval(0, 0).value is None
    assert "denominator" in proportion_interval(0, 0).reason
    assert proportion_interval(4, 4, method="logit").low is None
    assert sensitivity([0, 0], [1, 0]).value is None
    assert ppv([1, 0], [0, 0]).value is None


def test_predictive_value_of_one_falls_back_to_the_exact_interval():
    found = ppv([1, 1, 0], [1, 1, 0])
    assert (found.value, found.method) == (1, "clopper_pearson")
    assert "Mercaldo" in found.reason


def test_counts_that_are_shares_are_refused():
    with pytest.raises(ValueError, match="whole numbers"):
        proportion_interval(0.8, 10)
    with pytest.raises(ValueError, match="whole numbers"):
        proportion_interval(11, 10)


def test_lengths_must_agree():
    with pytest.raises(ValueError, match="one call per label"):
        confusion_counts([1, 0], [1])
    with pytest.raises(ValueError, match="one call of each test"):
        compare_accuracy([1, 0], [1, 0], [1])


def test_mid_p_of_equal_counts():
    # One discordant pair each way: 1 - binomial(1; 2, 1/2) / 2 = 3/4.
    assert mcnemar([1, 0], [0, 1], method="mid_p").p_value == pytest.approx(0.75)
