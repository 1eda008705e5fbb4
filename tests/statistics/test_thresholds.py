"""Cut-offs: definition, ties, edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cirrhosis.statistics.thresholds import (
    threshold_at_sensitivity,
    threshold_at_specificity,
    youden_threshold,
)

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8)), min_size=2, max_size=40)


@given(ROWS)
@settings(max_examples=80, deadline=None)
def test_no_observed_cut_off_is_better(rows):
    truth, score = np.array(rows).T
    found = youden_threshold(truth, score)
    if truth.min() == truth.max():
        assert found.threshold is None
        assert "absent" in found.reason
        return
    indices = {
        cut: (score[truth == 1] >= cut).mean() + (score[truth == 0] < cut).mean() - 1
        for cut in np.unique(score)
    }
    best = max(indices.values())
    tied = [cut for cut, index in indices.items() if index == pytest.approx(best, abs=1e-12)]
    assert found.youden_index == pytest.approx(best)
    assert found.threshold == min(tied)
    assert found.n_ties == len(tied)


def test_exact_ties_go_to_the_highest_sensitivity():
    # Cuts 2 and 4 both have an index of 1/3 (3 of 3 less 2 of 3; 1 of 3 less 0 of 3), which
    # floats do not see as equal.
    found = youden_threshold([1, 1, 1, 0, 0, 0], [2, 2, 4, 1, 3, 3])
    assert (found.threshold, found.n_ties) == (2, 2)
    assert (found.sensitivity, found.youden_index) == (1, pytest.approx(1 / 3))


@given(ROWS, st.sampled_from([0.3, 0.5, 0.75, 0.9, 1.0]))
@settings(max_examples=80, deadline=None)
def test_targets_are_reached_by_the_outermost_observed_cut_off(rows, target):
    truth, score = np.array(rows).T
    out = threshold_at_sensitivity(truth, score, target=target)
    into = threshold_at_specificity(truth, score, target=target)
    if truth.min() == truth.max():
        assert out.threshold is into.threshold is None
        assert "absent" in into.reason
        return
    rates = {
        cut: ((score[truth == 1] >= cut).mean(), (score[truth == 0] < cut).mean())
        for cut in np.unique(score)
    }
    assert out.threshold == max(cut for cut, (one, _) in rates.items() if one >= target)
    assert (out.sensitivity, out.specificity) == pytest.approx(rates[out.threshold])
    reached = [cut for cut, (_, other) in rates.items() if other >= target]
    assert into.threshold == (min(reached) if reached else None)
    assert (into.reason is None) == bool(reached)


def test_nineteen_of_twenty_reach_a_target_of_95_per_cent():
    score, truth = np.arange(1.0, 41), np.repeat([0, 1], 20)
    assert threshold_at_sensitivity(truth, score, target=0.95).threshold == 22
    assert threshold_at_specificity(truth, score, target=0.95).threshold == 20


def test_negatives_at_the_top_leave_no_cut_off_to_rule_in():
    found = threshold_at_specificity([0, 0, 1, 1], [9, 1, 9, 2], target=0.9)
    assert found.threshold is None
    assert "specificity of 0.5" in found.reason


@pytest.mark.parametrize("choose", [threshold_at_sensitivity, threshold_at_specificity])
@pytest.mark.parametrize("target", [0, 95])
def test_targets_in_per_cent_are_refused(choose, target):
    with pytest.raises(ValueError, match=r"write 95 % as 0\.95"):
        choose([0, 1], [1, 2], target=target)
