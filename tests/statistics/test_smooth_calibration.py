"""The smooth calibration curve against polynomials fitted point by point."""

import numpy as np
import pytest

from cirrhosis.statistics.calibration import calibration
from cirrhosis.statistics.smooth_calibration import smooth_calibration

SMOOTHERS = ("loess_interpolate", "loess_direct")


def draw(n, *, seed, decimals=8):
    rng = np.random.default_rng(seed)
    probability = rng.random(n).round(decimals)
    return (rng.random(n) < probability**1.5).astype(int), probability


def fit_point_by_point(truth, probability):
    """Local quadratics by numpy, each with the tricube weights of its three quarters."""
    n_near = int(0.75 * truth.size)
    fitted = []
    for x in probability:
        distance = np.abs(probability - x)
        weight = np.clip(1 - (distance / np.sort(distance)[n_near - 1]) ** 3, 0, None) ** 3
        # polyfit squares its weights.
        line = np.polyfit(probability - x, truth, deg=2, w=np.sqrt(weight))
        fitted.append(line[-1])
    return np.array(fitted)


@pytest.mark.parametrize("decimals", [8, 1])
def test_direct_fit_equals_polynomials_point_by_point(decimals):
    truth, probability = draw(90, seed=1, decimals=decimals)
    distance = np.abs(fit_point_by_point(truth, probability) - probability)
    found = smooth_calibration(truth, probability, smoother="loess_direct")
    expected = (distance.mean(), np.median(distance), np.quantile(distance, 0.9), distance.max())
    assert found[:4] == pytest.approx(expected, rel=1e-9)


def test_interpolation_is_near_the_direct_fit():
    truth, probability = draw(1500, seed=2)
    curves = [smooth_calibration(truth, probability, smoother=name) for name in SMOOTHERS]
    assert [curve.smoother for curve in curves] == list(SMOOTHERS)
    assert curves[0].observed == pytest.approx(curves[1].observed, abs=0.01)


@pytest.mark.parametrize("smoother", SMOOTHERS)
def test_quadratic_shares_are_found_exactly(smoother):
    # Of 100 patients at each k / 10, k^2 are positive: P(y | p) = p^2.
    tenths = np.arange(1, 10)
    probability = np.repeat(tenths / 10, 100)
    truth = np.concatenate([np.arange(100) < k**2 for k in tenths])
    found = smooth_calibration(truth, probability, smoother=smoother)
    distance = tenths / 10 - (tenths / 10) ** 2
    assert found.observed == pytest.approx((tenths / 10) ** 2)
    assert found[:4] == pytest.approx(
        (distance.mean(), 0.21, np.quantile(np.repeat(distance, 100), 0.9), 0.25)
    )


def test_few_distinct_probabilities_fall_back_and_say_so():
    truth, probability = draw(60, seed=3)
    coarse = np.where(probability > 0.5, 0.75, 0.25)
    found = smooth_calibration(truth, coarse)
    assert found.smoother == "loess_direct"
    assert "stands in" in found.reason
    shares = [truth[coarse == one].mean() for one in (0.25, 0.75)]
    assert found.observed == pytest.approx(shares)


def test_equal_probabilities_are_compared_with_the_share():
    found = smooth_calibration([1, 0, 0, 0], [0.5] * 4)
    assert found.observed.tolist() == pytest.approx([0.25])
    assert found[:4] == pytest.approx((0.25, 0.25, 0.25, 0.25))


def test_where_three_quarters_share_a_probability_the_fit_is_their_share():
    probability = np.repeat([0.2, 0.5, 0.6, 0.9], [30, 1, 1, 1])
    truth = np.repeat([1, 0, 1], [6, 24, 3])
    found = smooth_calibration(truth, probability, smoother="loess_direct")
    assert found.observed[0] == pytest.approx(6 / 30)


def test_more_patients_than_one_block_give_the_same_curve(monkeypatch):
    truth, probability = draw(70, seed=4)
    whole = smooth_calibration(truth, probability, smoother="loess_direct")
    monkeypatch.setattr("cirrhosis.statistics.smooth_calibration.CHUNK", 16)
    parts = smooth_calibration(truth, probability, smoother="loess_direct")
    assert parts.observed == pytest.approx(whole.observed)


def test_three_patients_are_too_few():
    found = smooth_calibration([0, 1, 1], [0.1, 0.4, 0.5])
    assert found.ici is None
    assert "needs 4 patients" in found.reason
    with pytest.raises(ValueError, match="to be one of"):
        smooth_calibration([0, 1], [0.1, 0.4], smoother="lowess")


def test_summary_has_distances_without_limits_until_it_may_draw():
    truth, probability = draw(150, seed=5)
    plain = calibration(truth, probability)
    curve = smooth_calibration(truth, probability)
    assert (plain.ici.value, plain.e90.value) == (curve.ici, curve.e90)
    assert plain.ici.low is None
    assert "give rng" in plain.ici.reason
    rng = np.random.default_rng(6)
    drawn = calibration(truth, probability, rng=rng, n_resamples=60)
    assert drawn.ici.value == plain.ici.value
    assert drawn.ici.low < drawn.ici.value < drawn.ici.high
    narrow = calibration(
        truth,
        probability,
        rng=np.random.default_rng(6),
        n_resamples=60,
        confidence_level=0.5,
    )
    assert drawn.ici.low < narrow.ici.low < narrow.ici.high < drawn.ici.high
    assert drawn.emax.method == "loess_interpolate_bootstrap"
    assert drawn.slope == plain.slope
