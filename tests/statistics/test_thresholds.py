"""Youden's cut-off: definition, ties, edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cirrhosis.statistics.thresholds import youden_threshold

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
