"""Calibration against other solvers, and its edges. R is in `tests/oracle`."""

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss

from cirrhosis.statistics.calibration import (
    brier_score,
    calibration_in_the_large,
    calibration_intercept,
    calibration_slope,
    observed_to_expected,
    scaled_brier_score,
)

rng = np.random.default_rng(7)
LOG_ODDS = rng.normal(-1, 1.2, 200)
TRUTH = (rng.random(200) < expit(0.5 + 0.7 * LOG_ODDS)).astype(int)
PROBABILITY = expit(LOG_ODDS)


def test_line_equals_that_of_scikit_learn():
    theirs = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(LOG_ODDS[:, None], TRUTH)
    slope = calibration_slope(TRUTH, PROBABILITY)
    intercept = calibration_intercept(TRUTH, PROBABILITY)
    assert slope.value == pytest.approx(theirs.coef_[0, 0], rel=1e-5)
    assert intercept.value == pytest.approx(theirs.intercept_[0], rel=1e-5)


def test_limits_are_those_of_the_information():
    slope = calibration_slope(TRUTH, PROBABILITY)
    intercept = calibration_intercept(TRUTH, PROBABILITY)
    share = expit(intercept.value + slope.value * LOG_ODDS)
    design = np.column_stack([np.ones(200), LOG_ODDS])
    covariance = np.linalg.inv(design.T @ (design * (share * (1 - share))[:, None]))
    for found, variance in zip((intercept, slope), np.diag(covariance), strict=True):
        assert found.high - found.value == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-6)
        assert found.value - found.low == pytest.approx(found.high - found.value)


def test_in_the_large_is_the_shift_that_makes_expected_equal_observed():
    found = calibration_in_the_large(TRUTH, PROBABILITY)

    def surplus(shift):
        return expit(shift + LOG_ODDS).sum() - TRUTH.sum()

    assert found.value == pytest.approx(brentq(surplus, -5, 5))
    share = expit(found.value + LOG_ODDS)
    error = 1 / np.sqrt((share * (1 - share)).sum())
    assert found.high - found.value == pytest.approx(1.959964 * error, rel=1e-6)


def test_brier_score_equals_scikit_learn_with_the_interval_of_a_mean():
    found = brier_score(TRUTH, PROBABILITY)
    errors = (TRUTH - PROBABILITY) ** 2
    assert found.value == pytest.approx(brier_score_loss(TRUTH, PROBABILITY))
    half = 1.959964 * np.std(errors, ddof=1) / np.sqrt(200)
    assert (found.low, found.high) == pytest.approx((found.value - half, found.value + half))


def test_separated_classes_have_no_line():
    for measure in (calibration_slope, calibration_intercept):
        found = measure([0, 0, 1, 1], [0.1, 0.2, 0.6, 0.9])
        assert found.value is None
        assert "separated" in found.reason


def test_halved_log_odds_need_a_slope_of_two():
    # Shares of 1/10 and 9/10 predicted as logit(p) / 2: slope exactly 2, intercept 0.
    truth = np.repeat([1, 0, 1, 0], [1, 9, 9, 1])
    low = 1 / (1 + np.exp(np.log(9) / 2))
    probability = np.repeat([low, 1 - low], [10, 10])
    assert calibration_slope(truth, probability).value == pytest.approx(2)
    assert calibration_intercept(truth, probability).value == pytest.approx(0, abs=1e-9)


def test_certain_probabilities_are_undefined_or_moved_and_counted():
    truth, probability = [0, 1, 0, 1, 1], [0.0, 0.4, 0.6, 1.0, 0.3]
    assert calibration_slope(truth, probability).value is None
    assert "2 probabilities are 0 or 1" in calibration_slope(truth, probability).reason
    assert "2 probabilities" in calibration_in_the_large(truth, probability).reason
    moved = calibration_slope(truth, probability, clip=0.01)
    assert moved.value is not None
    assert "2 probabilities were moved" in moved.reason


def test_undefined_calibration_has_reasons():
    assert calibration_slope([1, 1], [0.2, 0.4]).reason == "a class is absent"
    assert calibration_slope([0, 1], [0.5, 0.5]).reason == "all probabilities are equal"
    assert observed_to_expected([0, 0], [0, 0]).value is None
    assert observed_to_expected([0, 0], [0.5, 0]).low is None
    assert brier_score([1], [0.5]).low is None


def test_ratio_of_a_worked_example():
    # 4 of 10 positive, 5 expected: 0.8 with a log error of sqrt(0.6 / 4).
    found = observed_to_expected([1] * 4 + [0] * 6, [0.5] * 10)
    factor = np.exp(1.959964 * np.sqrt(0.15))
    limits = (0.8 / factor, 0.8 * factor)
    assert found.value == pytest.approx(0.8)
    assert (found.low, found.high) == pytest.approx(limits)


def test_scaled_brier_score_is_the_share_of_the_prevalence_model():
    truth = np.array([0, 0, 0, 1])
    assert scaled_brier_score(truth, np.full(4, 0.25)).value == pytest.approx(0)
    assert scaled_brier_score(truth, truth).value == 1
    # Errors 0.01 * 3 and 0.25 against 4 * 3/16.
    assert scaled_brier_score(truth, [0.1, 0.1, 0.1, 0.5]).value == pytest.approx(1 - 0.28 / 0.75)
    assert scaled_brier_score([1, 1], [0.2, 0.4]).reason == "a class is absent"
    assert calibration_in_the_large([1, 1], [0.2, 0.4]).reason == "a class is absent"
