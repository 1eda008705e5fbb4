"""Net benefit against its definition and the package dcurves."""

import dcurves
import numpy as np
import pandas as pd
import pytest

from cirrhosis.statistics.decision import net_benefit

rng = np.random.default_rng(3)
TRUTH = rng.integers(0, 2, 120)
# Two decimals, so that probabilities meet thresholds.
PROBABILITY = np.clip(0.3 * TRUTH + 0.7 * rng.random(120), 0, 1).round(2)
THRESHOLDS = np.arange(0.01, 1, 0.01)


def test_curve_equals_the_definition():
    found = net_benefit(TRUTH, PROBABILITY, thresholds=THRESHOLDS)
    for k, threshold in enumerate(round(one, 2) for one in THRESHOLDS):
        positive = [p >= threshold for p in PROBABILITY]
        tp = sum(1 for y, call in zip(TRUTH, positive, strict=True) if call and y) / 120
        fp = sum(1 for y, call in zip(TRUTH, positive, strict=True) if call and not y) / 120
        assert (found.tp_rate[k], found.fp_rate[k]) == pytest.approx((tp, fp))
        assert found.net_benefit[k] == pytest.approx(tp - fp * threshold / (1 - threshold))


def test_curve_equals_dcurves():
    data = pd.DataFrame({"y": TRUTH, "p": PROBABILITY})
    theirs = dcurves.dca(
        data=data, outcome="y", modelnames=["p"], thresholds=THRESHOLDS.round(2).tolist()
    ).set_index(["model", "threshold"])["net_benefit"]
    found = net_benefit(TRUTH, PROBABILITY, thresholds=THRESHOLDS)
    assert found.net_benefit == pytest.approx(theirs["p"].to_numpy())
    assert found.treat_all == pytest.approx(theirs["all"].to_numpy())


def test_a_threshold_with_the_noise_of_arange_meets_tied_probabilities():
    noisy = np.arange(0.01, 1, 0.01)[28]
    assert noisy > 0.29
    found = net_benefit([1, 0], [0.29, 0.1], thresholds=[noisy])
    assert found.threshold.tolist() == [0.29]
    assert found.tp_rate.tolist() == [0.5]


def test_a_worked_example():
    # Three of five called at 0.25: two rightly, one wrongly at odds of 1/3.
    found = net_benefit([1, 1, 0, 0, 1], [0.9, 0.25, 0.6, 0.2, 0.1], thresholds=[0.25])
    assert found.net_benefit.tolist() == pytest.approx([2 / 5 - 1 / 5 / 3])
    assert found.treat_all.tolist() == pytest.approx([3 / 5 - 2 / 5 / 3])
    assert (found.n, found.n_positive) == (5, 3)


def test_everybody_is_treated_at_a_threshold_of_zero():
    found = net_benefit(TRUTH, PROBABILITY, thresholds=[0.0])
    assert found.net_benefit == found.treat_all == TRUTH.mean()


@pytest.mark.parametrize("thresholds", [[1.0], [-0.1], [20], [[0.1]]])
def test_thresholds_outside_are_refused(thresholds):
    with pytest.raises(ValueError, match="per cents are written as shares"):
        net_benefit(TRUTH, PROBABILITY, thresholds=thresholds)


def test_an_absent_class_has_a_curve():
    found = net_benefit([0, 0], [0.1, 0.8], thresholds=[0.5])
    assert found.net_benefit.tolist() == [-0.5]
