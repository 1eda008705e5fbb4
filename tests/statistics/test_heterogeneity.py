"""Heterogeneity against statsmodels and a worked example."""

import numpy as np
import pytest
from scipy.stats import chi2
from statsmodels.stats.meta_analysis import combine_effects

from cirrhosis.statistics.heterogeneity import heterogeneity

VALUES, VARIANCES = [0.81, 0.92, 0.74, 0.88], [0.0012, 0.0009, 0.0025, 0.0004]


def test_pooling_equals_statsmodels():
    found = heterogeneity(VALUES, VARIANCES)
    theirs = combine_effects(np.array(VALUES), np.array(VARIANCES), method_re="dl")
    assert found.q == pytest.approx(theirs.q)
    assert found.tau_squared == pytest.approx(theirs.tau2)
    assert found.i_squared == pytest.approx(theirs.i2)
    assert found.p_value == pytest.approx(chi2.sf(theirs.q, 3))
    assert found.pooled.value == pytest.approx(theirs.mean_effect_re)
    low, high = theirs.conf_int()[1]
    assert (found.pooled.low, found.pooled.high) == pytest.approx((low, high))


def test_a_worked_example():
    # Weights 1 and 1, mean 0: Q = 1 + 1 = 2, one degree of freedom, C = 2 - 2/2 = 1, tau^2 = 1.
    found = heterogeneity([-1, 1], [1, 1])
    assert (found.q, found.degrees_of_freedom, found.tau_squared) == (2, 1, 1)
    assert found.i_squared == 0.5
    # Weights 1/2 each: variance 1.
    assert (found.pooled.low, found.pooled.high) == pytest.approx((-1.959964, 1.959964))


def test_agreement_has_no_variance_between_groups():
    found = heterogeneity([0.8, 0.8, 0.8], [0.01, 0.02, 0.03])
    assert (found.q, found.i_squared, found.tau_squared) == pytest.approx((0, 0, 0), abs=1e-12)
    assert found.p_value == pytest.approx(1)


def test_groups_without_a_variance_are_left_out_and_counted():
    found = heterogeneity([*VALUES, None, 1.0, 0.7], [*VARIANCES, 0.1, 0.0, None])
    assert found.n_groups == 4
    assert "3 groups" in found.reason
    assert found.q == heterogeneity(VALUES, VARIANCES).q


def test_one_group_tells_nothing():
    found = heterogeneity([0.8, None], [0.01, None])
    assert (found.q, found.pooled.value) == (None, None)
    assert "found 1" in found.reason
    with pytest.raises(ValueError, match="shorter"):
        heterogeneity([0.8, 0.7], [0.1])
