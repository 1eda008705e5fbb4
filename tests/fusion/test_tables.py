"""The tables beside the predictions."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.fusion.forest import fit_forest
from cirrhosis.fusion.importance import measure_importance
from cirrhosis.fusion.inner_folds import split_inner
from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.fusion.stacking import fuse


def test_collinearity_has_a_row_per_model_fold_and_variable(result):
    table = result.collinearity
    columns = ["model", "fold", "variable", "vif", "beta_per_sd", "kept", "reason", "selected"]
    assert list(table.columns) == [*columns, "n", "n_positive"]
    assert table["n"].eq(80).all()
    assert table["n_positive"].eq(40).all()
    assert len(table) == 5 * (10 + 9)
    assert table["vif"].ge(1).all()
    assert (table["reason"] == "").equals(table["kept"])


def test_a_copy_of_a_variable_leaves_with_a_reason(cohort, settings):
    cnn, patients = cohort
    twice = patients.assign(copy=patients["platelets_e9_per_l"] * 2 + 1)
    wider = replace(settings, predictors=(*settings.predictors, "copy"))
    table = fuse(cnn, twice, settings=wider, seed=0).collinearity
    dropped = table[~table["kept"]]
    assert set(dropped["variable"]) <= {"copy", "platelets_e9_per_l"}
    assert len(dropped) == 10
    assert dropped["reason"].str.contains("above 5 and the smallest").all()


def test_the_best_point_of_the_inner_folds_is_chosen(cohort, settings):
    wider = replace(settings, n_estimators=(5,), max_depth=(1, None), min_samples_leaf=(2, 40))
    choices = fuse(*cohort, settings=wider, seed=0).choices
    assert choices.groupby(["model", "fold"]).size().eq(4).all()
    chosen = choices[choices["chosen"]].set_index(["model", "fold"])
    assert len(chosen) == 10
    assert set(choices["max_depth"]) == {1, "none"}
    best = choices.groupby(["model", "fold"])["inner_auroc"].max()
    assert chosen["inner_auroc"].to_dict() == best.to_dict()
    assert choices["n_inner_folds"].eq(2).all()


def test_too_few_patients_of_a_class_are_named():
    names = [f"P{k}" for k in range(20)]
    with pytest.raises(ContractError, match="two patients"):
        fit_forest(
            pd.DataFrame({"a": np.arange(20.0), "b": np.arange(20.0) ** 2}),
            np.eye(1, 20, dtype=int)[0],
            pd.Series(names),
            settings=FusionSettings(),
            random_state=0,
        )


@pytest.mark.parametrize("pairs", [True, False])
def test_inner_folds_part_no_group(pairs):
    groups = pd.Series([f"G{k // 2 if pairs else k}" for k in range(40)])
    y_true = np.arange(40) // 2 % 2
    splits = list(split_inner(y_true, groups, n_folds=2, random_state=0))
    assert len(splits) == 2
    for fit, check in splits:
        assert set(groups[fit]).isdisjoint(groups[check])
        assert sorted([*fit, *check]) == list(range(40))


def test_importances_say_n_and_spread(result):
    table = result.importances
    assert table["n"].eq(20).all()
    assert table["n_positive"].eq(10).all()
    assert table["n_repeats"].eq(3).all()
    merged = table.merge(result.collinearity, on=["model", "fold", "variable"])
    assert (merged["gini"] > 0).equals(merged["selected"])
    assert (
        merged.loc[~merged["selected"], ["gini_sd", "permutation", "permutation_sd"]]
        .eq(0)
        .all(None)
    )
    assert (table.loc[table["variable"] == "cnn_score", ["gini_sd", "permutation_sd"]] > 0).all(
        None
    )


def test_importance_without_a_positive_patient_has_a_reason(result, cohort):
    negative = cohort[1].iloc[[0, 2, 4]]
    pipeline = result.forests["clinical"][0]
    table = measure_importance(
        pipeline,
        negative[list(pipeline.feature_names_in_)],
        np.zeros(3, dtype=int),
        n_repeats=2,
        rng=np.random.default_rng(0),
    )
    assert table["permutation"].isna().all()
    assert table["reason"].str.contains("negative").all()
