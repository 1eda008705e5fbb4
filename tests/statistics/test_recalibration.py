"""Logistic maps: what they do to the rows they were fitted on, and their edges."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from cirrhosis.statistics.calibration import calibration_intercept, calibration_slope
from cirrhosis.statistics.recalibration import fit_logistic_map, fit_recalibration

rng = np.random.default_rng(9)
LOG_ODDS = rng.normal(-0.5, 1.5, 300)
TRUTH = (rng.random(300) < expit(0.4 + 0.6 * LOG_ODDS)).astype(int)
PROBABILITY = expit(LOG_ODDS)


def test_map_of_a_score_equals_scikit_learn():
    score = 3 + 40 * LOG_ODDS
    found = fit_logistic_map(TRUTH, score)
    theirs = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(LOG_ODDS[:, None], TRUTH)
    expected = theirs.predict_proba(LOG_ODDS[:, None])[:, 1]
    assert found.apply(score) == pytest.approx(expected, abs=1e-5)
    assert (found.n, found.n_positive) == (300, TRUTH.sum())


def test_recalibrated_probabilities_have_a_slope_of_one():
    updated = fit_recalibration(TRUTH, PROBABILITY).apply_to_probabilities(PROBABILITY)
    assert calibration_slope(TRUTH, updated).value == pytest.approx(1)
    assert calibration_intercept(TRUTH, updated).value == pytest.approx(0, abs=1e-8)


def test_a_shift_makes_observed_equal_expected_and_keeps_distances():
    found = fit_recalibration(TRUTH, PROBABILITY, update="intercept")
    updated = found.apply_to_probabilities(PROBABILITY)
    assert updated.sum() == pytest.approx(TRUTH.sum())
    assert logit(updated) - LOG_ODDS == pytest.approx(np.full(300, found.intercept))


def test_separated_classes_get_the_maximum_of_the_penalised_likelihood():
    truth, score = np.array([0, 0, 0, 1, 1]), np.array([1.0, 2, 3, 4, 6])
    found = fit_logistic_map(truth, score)

    def cost(line):
        p = expit(line[0] + line[1] * score)
        design = np.column_stack([np.ones(5), score])
        information = design.T @ (design * (p * (1 - p))[:, None])
        likelihood = np.log(np.where(truth == 1, p, 1 - p)).sum()
        return -likelihood - np.linalg.slogdet(information)[1] / 2

    best = minimize(cost, x0=[0, 0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    assert found.method == "firth"
    assert "separated" in found.reason
    assert (found.intercept, found.slope) == pytest.approx(tuple(best.x), rel=1e-3)


def test_probabilities_of_zero_and_one_need_clip():
    truth, probability = [0, 1, 0, 1], [0.0, 0.3, 0.6, 1.0]
    for update in ("intercept", "intercept_and_slope"):
        assert "0 or 1" in fit_recalibration(truth, probability, update=update).reason
        found = fit_recalibration(truth, probability, update=update, clip=0.05)
        assert "2 probabilities were moved" in found.reason
        ends = found.apply_to_probabilities([0.0, 1.0])
        assert ends.tolist() == found.apply_to_probabilities([0.05, 0.95]).tolist()


def test_undefined_maps_say_why_and_refuse_to_be_applied():
    assert fit_logistic_map([1, 1], [1, 2]).reason == "a class is absent"
    assert "constant" in fit_logistic_map([0, 1], [2, 2]).reason
    undefined = fit_recalibration([0, 0], [0.2, 0.4], update="intercept")
    assert (undefined.intercept, undefined.slope) == (None, None)
    with pytest.raises(ValueError, match="a class is absent"):
        undefined.apply_to_probabilities([0.5])
    with pytest.raises(ValueError, match="to be one of intercept"):
        fit_recalibration([0, 1], [0.2, 0.4], update="slope")
