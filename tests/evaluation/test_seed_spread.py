"""Spread over seeds: by hand, and what is said where there is none."""

import numpy as np
import pandas as pd
import pytest

from cirrhosis.evaluation.seed_spread import describe_seeds
from tests.evaluation.test_combinations import BALANCED, POOR, UNBALANCED, make_cnn


def test_areas_over_seeds_by_hand():
    rows = pd.concat(
        [
            make_cnn("t1", UNBALANCED),
            make_cnn("t1", POOR).assign(seed=2),
            make_cnn("t1+t2", BALANCED),
            make_cnn("t1+t2", BALANCED).assign(seed=2),
        ]
    )
    table = describe_seeds(rows).set_index("sequences")
    # UNBALANCED 21 of 25 pairs, BALANCED 20, POOR 15.5.
    assert table.index.tolist() == ["t1+t2", "t1"]
    assert table.loc["t1", ["auroc_min", "auroc_max"]].tolist() == pytest.approx([0.62, 0.84])
    assert table.loc["t1", "auroc_mean"] == pytest.approx(0.73)
    assert table.loc["t1", "auroc_sd"] == pytest.approx(np.std([0.84, 0.62], ddof=1))
    assert table.loc["t1+t2", "auroc_sd"] == pytest.approx(0)
    assert table["n_largest"].to_dict() == {"t1+t2": 1, "t1": 1}
    assert table["seeds"].tolist() == ["1, 2", "1, 2"]
    assert table["within_fold_auroc_sd"].notna().all()


def test_one_seed_has_no_spread_and_says_so():
    table = describe_seeds(make_cnn("t1", UNBALANCED))
    assert np.isnan(table["auroc_sd"].astype(float)).all()
    assert table["reason"].tolist() == ["one seed has no spread"]


def test_a_seed_without_all_folds_is_named():
    whole = make_cnn("t1", UNBALANCED)
    part = whole[whole["fold"] == 0].assign(seed=2)
    table = describe_seeds(pd.concat([whole, part]))
    assert "seed 1: 10, seed 2: 5" in table["reason"].item()
    assert table["n"].item() == 5


def test_without_an_area_there_is_no_number():
    positives = make_cnn("t1", UNBALANCED).query("y_true == 1")
    table = describe_seeds(positives)
    assert table["auroc_mean"].isna().all()
    assert table["n_largest"].tolist() == [0]
