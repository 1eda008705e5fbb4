"""Calibration against R's glm, and its edges."""

import numpy as np
import pytest

from cirrhosis.statistics.calibration import (
    brier_score,
    calibration_in_the_large,
    calibration_intercept,
    calibration_slope,
    observed_to_expected,
    scaled_brier_score,
)


def test_calibration_equals_r(paired_case):
    data, expected = paired_case
    for name, answer in expected.get("calibration", {}).items():
        truth, probability = data["y"], data[name]
        assert brier_score(truth, probability).value == pytest.approx(answer["brier"], rel=1e-9)
        ratio = observed_to_expected(truth, probability).value
        assert ratio == pytest.approx(answer["o_over_e"], rel=1e-9)
        large = calibration_in_the_large(truth, probability)
        assert large.value == pytest.approx(answer["citl"], rel=1e-6, abs=1e-9)
        assert (large.low, large.high) == pytest.approx(tuple(answer["citl_ci95_wald"]), rel=1e-6)
        check_recalibration(truth, probability, answer)


def check_recalibration(truth, probability, answer):
    slope = calibration_slope(truth, probability)
    intercept = calibration_intercept(truth, probability)
    if "glm_messages" in answer:  # R's numbers are at infinity there
        assert slope.value is None
        assert "separated" in slope.reason
        return
    assert slope.value == pytest.approx(answer["slope"], rel=1e-6)
    assert (slope.low, slope.high) == pytest.approx(tuple(answer["slope_ci95_wald"]), abs=1e-6)
    assert intercept.value == pytest.approx(answer["intercept"], rel=1e-6)
    limits = tuple(answer["intercept_ci95_wald"])
    assert (intercept.low, intercept.high) == pytest.approx(limits, abs=1e-6)


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
