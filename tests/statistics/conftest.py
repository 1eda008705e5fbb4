"""R's answers and small cohorts for the statistics."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

PAIRED = (
    "s01_asah_s100b_wfns",
    "s02_small20",
    "s03_ties200",
    "s04_n1315",
    "s05_imbalance8of400",
    "s06_identical",
    "s07_perfect",
    "s08_never_positive",
)


@pytest.fixture(params=PAIRED)
def paired_case(request, shared_data: Path):
    """One data set of two scores, and what R says about it."""
    folder = shared_data / "oracle" / "paired" / request.param
    data = pd.read_csv(folder / "data.csv")
    return data, json.loads((folder / "expected.json").read_text())


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
