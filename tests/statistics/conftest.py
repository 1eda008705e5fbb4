"""Small cohorts for the statistics."""

import numpy as np
import pytest


@pytest.fixture
def expand():
    """Return a function that turns paired counts into y_true, y_pred_1, y_pred_2."""

    def expand_counts(counts):
        rows = [
            (truth, first, second)
            for letter, truth in (("d", 1), ("n", 0))
            for first in (1, 0)
            for second in (1, 0)
            for _ in range(int(counts[f"{letter}{first}{second}"]))
        ]
        return np.array(rows).T

    return expand_counts
