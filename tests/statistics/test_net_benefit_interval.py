"""Limits of the net benefit: the mean of what each patient adds, and their coverage."""

import numpy as np
import pytest

from cirrhosis.statistics.decision import net_benefit
from cirrhosis.statistics.net_benefit_interval import bound_net_benefit

rng = np.random.default_rng(4)
TRUTH = rng.integers(0, 2, 60)
PROBABILITY = 1 / (1 + np.exp(-rng.normal(2 * TRUTH - 1)))
THRESHOLDS = np.arange(1, 100) / 100


def test_limits_are_those_of_the_mean_over_patients():
    curve = net_benefit(TRUTH, PROBABILITY, thresholds=THRESHOLDS)
    limits = bound_net_benefit(curve)
    for at, threshold in enumerate(THRESHOLDS):
        odds = threshold / (1 - threshold)
        called = threshold <= PROBABILITY
        parts = np.where(called, np.where(TRUTH == 1, 1.0, -odds), 0.0)
        margin = 1.959963984540054 * parts.std(ddof=1) / np.sqrt(60)
        assert curve.net_benefit[at] == pytest.approx(parts.mean())
        assert limits.low[at] == pytest.approx(parts.mean() - margin)
        assert limits.high[at] == pytest.approx(parts.mean() + margin)


def test_nobody_called_has_no_width_and_one_patient_no_limits():
    limits = bound_net_benefit(net_benefit([0, 1], [0.1, 0.2], thresholds=[0.5]))
    assert limits.low.tolist() == limits.high.tolist() == [0.0]
    alone = bound_net_benefit(net_benefit([1], [0.7], thresholds=[0.5]))
    assert alone.low is None
    assert alone.reason == "a variance needs two patients"


def test_coverage_is_near_the_level():
    # Positives are called with 0.8, negatives with 0.3; the share of positives is 0.4.
    truth = 0.4 * 0.8 - 0.6 * 0.3 * (0.3 / 0.7)
    draws, covered = np.random.default_rng(9), 0
    for _ in range(600):
        y_true = (draws.random(80) < 0.4).astype(int)
        y_true[:2] = 0, 1
        called = draws.random(80) < np.where(y_true == 1, 0.8, 0.3)
        limits = bound_net_benefit(net_benefit(y_true, called, thresholds=[0.3]))
        covered += limits.low[0] <= truth <= limits.high[0]
    assert 0.92 < covered / 600 < 0.98


def test_more_confidence_is_wider():
    curve = net_benefit(TRUTH, PROBABILITY, thresholds=[0.5])
    narrow, wide = (bound_net_benefit(curve, confidence_level=level) for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high
