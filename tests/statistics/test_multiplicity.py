"""Adjusted p values against their definitions and scipy."""

from itertools import combinations

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from cirrhosis.statistics.multiplicity import adjust_p_values

P_VALUES = [0.012, 0.6, 0.03, 0.0004, 0.03, 0.2]


def test_holm_rejects_what_every_bonferroni_test_of_a_subfamily_rejects():
    # Closed testing: the adjusted value is the largest Bonferroni p of a subfamily with the test.
    everyone = range(len(P_VALUES))
    expected = [
        max(
            min(1.0, size * min(P_VALUES[k] for k in family))
            for size in range(1, len(P_VALUES) + 1)
            for family in combinations(everyone, size)
            if one in family
        )
        for one in everyone
    ]
    assert adjust_p_values(P_VALUES, method="holm") == pytest.approx(expected)


def test_benjamini_hochberg_equals_scipy():
    found = adjust_p_values(P_VALUES, method="benjamini_hochberg")
    assert found == pytest.approx(false_discovery_control(P_VALUES).tolist())


def test_a_worked_example():
    assert adjust_p_values([0.01, 0.04, 0.03], method="holm") == pytest.approx([0.03, 0.06, 0.06])
    found = adjust_p_values([0.01, 0.04, 0.03], method="benjamini_hochberg")
    assert found == pytest.approx([0.03, 0.04, 0.04])


@pytest.mark.parametrize("method", ["holm", "benjamini_hochberg"])
def test_undefined_p_values_pass_through_and_are_not_counted(method):
    with_gaps = adjust_p_values([None, 0.02, None, 0.5], method=method)
    assert with_gaps[0] is with_gaps[2] is None
    assert with_gaps[1::2] == adjust_p_values([0.02, 0.5], method=method)
    assert adjust_p_values([None, None], method=method) == [None, None]
    assert adjust_p_values([], method=method) == []
    assert adjust_p_values([0.0, 0.5], method=method)[0] == 0


@pytest.mark.parametrize("method", ["holm", "benjamini_hochberg"])
def test_order_of_tests_is_irrelevant_and_a_single_test_is_unchanged(method):
    order = np.random.default_rng(1).permutation(len(P_VALUES))
    moved = adjust_p_values([P_VALUES[k] for k in order], method=method)
    plain = adjust_p_values(P_VALUES, method=method)
    assert moved == pytest.approx([plain[k] for k in order])
    assert adjust_p_values([0.2], method=method) == [0.2]


def test_what_is_no_p_value_is_refused():
    with pytest.raises(ValueError, match="give None where a test is undefined"):
        adjust_p_values([0.1, float("nan")], method="holm")
    with pytest.raises(ValueError, match="to be one of holm"):
        adjust_p_values([0.1], method="bonferroni")
