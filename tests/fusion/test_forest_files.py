"""Forests on disk: same scores, no pickle, no strangers."""

import numpy as np
import pytest
import skops.io
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from cirrhosis.contracts.errors import ContractError
from cirrhosis.fusion.forest_files import read_forests, write_forests
from cirrhosis.fusion.stacking import fuse


def test_a_forest_scores_the_same_after_reading(result, cohort, tmp_path):
    paths = write_forests(result.forests, tmp_path)
    assert sorted(path.name for path in paths)[0] == "forest_clinical_0.skops"
    assert len(paths) == 10
    variables = cohort[1][list(result.forests["clinical"][0].feature_names_in_)]
    for before, after in zip(
        result.forests["clinical"], read_forests(tmp_path, "clinical"), strict=True
    ):
        np.testing.assert_array_equal(
            before.predict_proba(variables), after.predict_proba(variables)
        )


def test_the_same_fit_gives_the_same_bytes(result, cohort, settings, tmp_path):
    again = fuse(*cohort, settings=settings, seed=3).forests
    first = [path.read_bytes() for path in write_forests(result.forests, tmp_path / "first")]
    assert first == [path.read_bytes() for path in write_forests(again, tmp_path / "second")]


def test_a_file_with_another_type_is_refused(tmp_path):
    stranger = Pipeline([("call", FunctionTransformer(np.linalg.norm))])
    skops.io.dump(stranger, tmp_path / "forest_combined_0.skops")
    with pytest.raises(ContractError, match="do not trust"):
        read_forests(tmp_path, "combined")


def test_absent_forests_are_named(tmp_path):
    with pytest.raises(ContractError, match="run fuse first"):
        read_forests(tmp_path, "combined")
