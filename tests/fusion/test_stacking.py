"""Stacking: nothing leaks, every model scores the same patients."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.predictions import check_predictions
from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.fusion.stacking import fuse
from cirrhosis.statistics.discrimination import auroc

MODELS = {"combined", "clinical", "cnn", "fib4", "apri", "reader_1", "reader_2"}


def scores_of(result, model, split="training"):
    table = result.predictions
    rows = table[(table["model"] == model) & (table["split"] == split)]
    return rows.sort_values(["patient_id", "fold"])


def test_predictions_keep_the_contract_and_the_patients(result, cohort):
    cnn, _ = cohort
    table = check_predictions(result.predictions)
    assert set(table["model"]) == MODELS
    for _, rows in table.groupby("model"):
        keys = rows[["patient_id", "fold", "split"]].sort_values(["patient_id", "fold"])
        theirs = cnn[["patient_id", "fold", "split"]].sort_values(["patient_id", "fold"])
        assert keys.to_numpy().tolist() == theirs.to_numpy().tolist()


def test_labels_of_a_fold_do_not_influence_its_scores(cohort, settings, result):
    cnn, patients = cohort
    fold = 2
    of_fold = (cnn["split"] == "training") & (cnn["fold"] == fold)
    flipped = cnn.assign(y_true=cnn["y_true"].where(~of_fold, 1 - cnn["y_true"]))
    changed = fuse(flipped, patients, settings=settings, seed=3)
    for model in ("combined", "clinical"):
        before, after = scores_of(result, model), scores_of(changed, model)
        inside = (before["fold"] == fold).to_numpy()
        np.testing.assert_array_equal(before["y_score"][inside], after["y_score"][inside])
        # The guard can see something: the other forests were fitted on the flipped labels.
        assert (before["y_score"][~inside].to_numpy() != after["y_score"][~inside]).any()


def test_in_fold_scores_are_refused(cohort, settings):
    cnn, patients = cohort
    training = cnn[cnn["split"] == "training"]
    in_fold = training.assign(fold=(training["fold"] + 1) % 5, y_score=training["y_true"])
    with pytest.raises(ContractError, match=r"out-of-fold CNN scores.*100 patients"):
        fuse(pd.concat([cnn, in_fold]), patients, settings=settings, seed=0)


def test_a_training_patient_twice_in_one_fold_is_refused(cohort, settings):
    cnn, patients = cohort
    with pytest.raises(ContractError, match="one out-of-fold row per training patient"):
        fuse(pd.concat([cnn, cnn.head(1)]), patients, settings=settings, seed=0)


def test_a_test_patient_without_a_fold_is_refused(cohort, settings):
    cnn, patients = cohort
    with pytest.raises(ContractError, match=r"one CNN row per test patient and fold.*'P129'"):
        fuse(cnn.drop(cnn.index[-1]), patients, settings=settings, seed=0)


def test_one_fold_cannot_be_stacked(cohort, settings):
    cnn, patients = cohort
    with pytest.raises(ContractError, match="at least two folds"):
        fuse(cnn[cnn["fold"] == 0], patients, settings=settings, seed=0)


def test_several_models_at_once_are_refused(cohort, settings):
    cnn, patients = cohort
    both = pd.concat([cnn, cnn.assign(sequences="t1")])
    with pytest.raises(ContractError, match="one sequences, found 2"):
        fuse(both, patients, settings=settings, seed=0)
    with pytest.raises(ContractError, match="kind 'probability'"):
        fuse(cnn.assign(score_kind="score"), patients, settings=settings, seed=0)


def test_a_group_in_two_folds_is_refused(cohort, settings):
    cnn, patients = cohort
    family = patients.assign(group_id=["F" if k < 4 else f"P{k}" for k in range(len(patients))])
    with pytest.raises(ContractError, match=r"each group_id in one fold or test split.*'F'"):
        fuse(cnn, family, settings=settings, seed=0)


def test_a_group_in_training_and_test_is_refused(cohort, settings):
    cnn, patients = cohort
    family = patients.assign(group_id=patients["patient_id"].replace({"P129": "P000"}))
    with pytest.raises(ContractError, match=r"each group_id in one fold or test split.*'P000'"):
        fuse(cnn, family, settings=settings, seed=0)
    tests = patients.assign(group_id=patients["patient_id"].replace({"P129": "P128"}))
    later = cnn.assign(split=cnn["split"].where(cnn["patient_id"] != "P129", "internal_2"))
    with pytest.raises(ContractError, match=r"each group_id in one fold or test split.*'P128'"):
        fuse(later, tests, settings=settings, seed=0)
    together = fuse(cnn, tests, settings=settings, seed=0)
    assert "P129" in set(together.predictions["patient_id"])


def test_a_planted_signal_is_found_and_the_cnn_matters(result):
    rows = scores_of(result, "combined", "external").groupby("patient_id")
    ensemble = rows[["y_true", "y_score"]].mean()
    assert auroc(ensemble["y_true"], ensemble["y_score"]).value > 0.8
    top = result.importances[result.importances["model"] == "combined"]
    assert top.groupby("variable")["gini"].mean().idxmax() == "cnn_score"
    assert top.groupby("fold")["gini"].sum().to_numpy() == pytest.approx(np.ones(5))
    permutation = top.groupby("variable")["permutation"].mean()
    assert permutation.idxmax() == "cnn_score"


def test_same_seed_same_bits(cohort, settings, result):
    again = fuse(*cohort, settings=settings, seed=3)
    pd.testing.assert_frame_equal(result.predictions, again.predictions)
    pd.testing.assert_frame_equal(result.importances, again.importances)


def test_patients_with_gaps_leave_every_model(cohort, settings):
    cnn, patients = cohort
    gaps = patients.copy()
    gaps.loc[[0, 105], "inr"] = np.nan
    gaps.loc[3, "ast_upper_limit_u_per_l"] = np.nan
    result = fuse(cnn, gaps, settings=settings, seed=3)
    for _, rows in result.predictions.groupby("model"):
        assert set(patients["patient_id"]) - set(rows["patient_id"]) == {"P000", "P003", "P105"}
    counts = result.counts
    assert set(counts["handling"]) == {"excluded"}
    whole = counts[counts["fold"].isna()].set_index(["split", "variable"])["n_missing"]
    assert whole["training", "any"] == 2
    assert whole["external", "inr"] == 1
    of_fold = counts[counts["fold"].notna()].set_index(["variable", "fold"])
    assert of_fold.loc["any", "n_missing"].tolist() == [1, 1, 0, 0, 0]
    assert of_fold["n_patients"].eq(20).all()
    assert of_fold["n_missing"].groupby("variable").sum().to_dict() == whole["training"].to_dict()


def test_gaps_can_be_filled_inside_the_fold(cohort, settings):
    cnn, patients = cohort
    gaps = patients.copy()
    gaps.loc[[0, 105], "inr"] = np.nan
    gaps.loc[1, "ast_u_per_l"] = np.nan
    result = fuse(cnn, gaps, settings=replace(settings, missing="impute"), seed=3)
    assert len(scores_of(result, "combined")) == 100
    assert set(result.counts["handling"]) == {"imputed"}
    # FIB-4 has no value without AST and no row is invented.
    assert "P001" not in set(scores_of(result, "fib4")["patient_id"])
    filled = result.forests["clinical"][0]["imputation"].statistics_
    fitting = scores_of(result, "cnn")
    names = fitting.loc[fitting["fold"] != 0, "patient_id"]
    expected = gaps.set_index("patient_id").loc[names, "inr"].median()
    assert filled[-1] == pytest.approx(expected)


def test_missing_columns_and_patients_are_named(cohort, settings):
    cnn, patients = cohort
    with pytest.raises(ContractError, match="'inr'"):
        fuse(cnn, patients.drop(columns="inr"), settings=settings, seed=0)
    with pytest.raises(ContractError, match="'P000'"):
        fuse(cnn, patients.iloc[1:], settings=settings, seed=0)


def test_models_without_columns_are_not_written(cohort, settings):
    cnn, patients = cohort
    few = patients.drop(columns=["reader_2", "ast_upper_limit_u_per_l"]).assign(reader_1=np.nan)
    result = fuse(cnn, few.set_index("patient_id"), settings=settings, seed=0)
    assert set(result.predictions["model"]) == {"combined", "clinical", "cnn", "fib4"}


def test_settings_without_meaning_are_refused():
    with pytest.raises(ValueError, match="exclude, impute"):
        FusionSettings(missing="guess")
    with pytest.raises(ValueError, match=r"two\s+inner folds"):
        FusionSettings(inner_folds=1)


def test_folds_under_several_protocols_are_refused_with_the_remedy(cohort, settings):
    cnn, patients = cohort
    mixed = cnn.assign(protocol=cnn["protocol"].mask(cnn["fold"] == 1, "fixed_epochs"))
    with pytest.raises(ContractError, match=r"one protocol, found 2.*protocol=fixed_epochs"):
        fuse(mixed, patients, settings=settings, seed=3)
