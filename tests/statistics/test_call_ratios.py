"""Likelihood ratios and other ratios of calls."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score
from sklearn.metrics import f1_score as f1_of_scikit_learn

from cirrhosis.statistics.call_ratios import (
    balanced_accuracy,
    f1_score,
    negative_likelihood_ratio,
    positive_likelihood_ratio,
    youden_index,
)
from cirrhosis.statistics.estimates import normal_quantile

# Zheng et al. 2024, combined model, internal test 1: TP 60, FP 5, FN 7, TN 22.
TRUTH = np.repeat([1, 0, 1, 0], [60, 5, 7, 22])
CALL = np.repeat([1, 1, 0, 0], [60, 5, 7, 22])


def test_likelihood_ratios_of_a_worked_example():
    positive, negative = (
        ratio(TRUTH, CALL) for ratio in (positive_likelihood_ratio, negative_likelihood_ratio)
    )
    assert positive.value == pytest.approx((60 / 67) / (5 / 27))
    assert negative.value == pytest.approx((7 / 67) / (22 / 27))
    error = np.sqrt(1 / 60 - 1 / 67 + 1 / 5 - 1 / 27)
    limits = positive.value * np.exp(np.array([-1, 1]) * normal_quantile(0.95) * error)
    assert (positive.low, positive.high) == pytest.approx(tuple(limits))
    assert positive.n == negative.n == 94


def test_odds_after_a_call_are_the_ratio_times_the_odds_before():
    before, after = 67 / 27, 60 / 5
    assert positive_likelihood_ratio(TRUTH, CALL).value * before == pytest.approx(after)


def test_negative_calls_are_positive_ones_of_the_negated_call():
    flipped = positive_likelihood_ratio(TRUTH, 1 - CALL)
    assert negative_likelihood_ratio(TRUTH, CALL) == flipped


def test_ratios_without_a_denominator_or_logarithm_have_reasons():
    assert "no negative patient" in positive_likelihood_ratio([1, 0], [1, 0]).reason
    none = positive_likelihood_ratio([1, 0], [0, 1])
    assert (none.value, none.low) == (0, None)
    assert negative_likelihood_ratio([1, 1], [1, 0]).reason == "a class is absent"


def test_index_and_balanced_accuracy_have_the_same_interval():
    index, balanced = youden_index(TRUTH, CALL), balanced_accuracy(TRUTH, CALL)
    assert index.value == pytest.approx(60 / 67 + 22 / 27 - 1)
    variance = 60 * 7 / 67**3 + 22 * 5 / 27**3
    assert index.high - index.value == pytest.approx(normal_quantile(0.95) * np.sqrt(variance))
    assert balanced.value == pytest.approx(balanced_accuracy_score(TRUTH, CALL))
    assert (balanced.low, balanced.high) == pytest.approx(
        ((index.low + 1) / 2, (index.high + 1) / 2)
    )


def test_a_perfect_or_absent_class_is_said():
    assert "no width" in youden_index([1, 0], [1, 0]).reason
    assert youden_index([1, 1], [1, 0]).value is None
    assert balanced_accuracy([0, 0], [1, 0]).low is None


def test_f1_equals_scikit_learn():
    assert f1_score(TRUTH, CALL).value == pytest.approx(f1_of_scikit_learn(TRUTH, CALL))
    assert f1_score([0, 0], [0, 0]).value is None
    assert f1_score([1, 0], [0, 0]).value == 0
