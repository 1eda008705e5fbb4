"""Table 2: numbers from statistics, thresholds from training rows, honest marks."""

import numpy as np
import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.evaluation.performance import evaluate_models
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics import classification
from cirrhosis.statistics.auroc_comparison import compare_auroc_paired
from cirrhosis.statistics.discrimination import auroc_interval, within_fold_auroc
from cirrhosis.statistics.thresholds import youden_threshold

SETTINGS = EvaluationSettings()


@pytest.fixture(scope="module")
def table(predictions):
    found = evaluate_models(predictions, settings=SETTINGS)
    return found.set_index(["model", "split"])


def scores_of(predictions, model, split):
    rows = predictions[(predictions["model"] == model) & (predictions["split"] == split)]
    return rows.groupby("patient_id").agg(
        y_true=("y_true", "first"), y_score=("y_score", "mean"), fold=("fold", "first")
    )


def test_there_is_a_row_per_model_and_split(table):
    assert len(table) == 8
    assert (table["n"].unstack()[["training", "internal_1"]] == [80, 50]).all().all()


def test_test_rows_are_the_mean_over_folds_at_the_training_threshold(predictions, table):
    training = scores_of(predictions, "cnn", "training")
    test = scores_of(predictions, "cnn", "internal_1")
    row = table.loc[("cnn", "internal_1")]
    area = auroc_interval(test["y_true"], test["y_score"])
    assert (row["auroc"], row["auroc_low"], row["auroc_high"]) == (area.value, area.low, area.high)
    threshold = youden_threshold(training["y_true"], training["y_score"]).threshold
    assert row["threshold"] == threshold
    assert row["threshold_source"] == "youden_on_training_out_of_fold"
    calls = (test["y_score"] >= threshold).astype(int)
    for name in ("sensitivity", "specificity", "ppv", "npv", "accuracy"):
        expected = getattr(classification, name)(test["y_true"], calls)
        assert (row[name], row[f"{name}_low"]) == (expected.value, expected.low)
        assert row[f"{name}_method"] == expected.method
    assert row["tp"] + row["fn"] == row["n_positive"] == 25


def test_no_threshold_depends_on_test_labels(predictions, table):
    is_test = predictions["split"] != "training"
    flipped = predictions.assign(
        y_true=predictions["y_true"].where(~is_test, 1 - predictions["y_true"])
    )
    changed = evaluate_models(flipped, settings=SETTINGS).set_index(["model", "split"])
    pd.testing.assert_series_equal(changed["threshold"], table["threshold"])
    training = changed.xs("training", level="split")
    pd.testing.assert_frame_equal(training, table.xs("training", level="split"))
    # The guard can see something: test rows did change.
    assert changed.loc[("cnn", "internal_1"), "auroc"] < 0.5


def test_without_training_rows_there_is_no_threshold(predictions):
    found = evaluate_models(predictions[predictions["split"] != "training"], settings=SETTINGS)
    rows = found.set_index("model")
    assert rows["threshold"].isna().all()
    assert rows.loc["cnn", "threshold_source"] == "none"
    assert np.isnan(rows.loc["cnn", "sensitivity"])
    assert "no training rows" in rows.loc["cnn", "reason"]
    # A reader needs no threshold.
    assert rows.loc["reader_1", "sensitivity"] > 0.5


def test_readers_are_taken_at_their_call(predictions, table):
    row = table.loc[("reader_1", "internal_1")]
    assert row["threshold_source"] == "the_call_itself"
    assert row["auroc"] == pytest.approx((row["sensitivity"] + row["specificity"]) / 2)
    assert "balanced accuracy" in row["auroc_method"]
    assert not table.loc[("reader_1", "training"), "selected_on_same_rows"]


def test_rows_say_what_was_selected_on_them(predictions, table):
    assert table.loc[("fib4", "training"), "selected"] == "threshold"
    assert table.loc[("cnn", "training"), "selected"] == "threshold+combination"
    assert not table.xs("internal_1", level="split")["selected_on_same_rows"].any()
    assert "slightly optimistic" in table.loc[("combined", "training"), "reason"]
    paper = predictions.assign(
        protocol=predictions["protocol"].replace("nested", "paper"),
    )
    rows = evaluate_models(paper, settings=SETTINGS).set_index(["model", "split"])
    assert rows.loc[("cnn", "training"), "selected"] == "threshold+epoch+combination"


def test_within_fold_areas_stand_beside_pooled_ones(predictions, table):
    training = scores_of(predictions, "cnn", "training")
    expected = within_fold_auroc(training["y_true"], training["y_score"], training["fold"])
    row = table.loc[("cnn", "training")]
    assert row["within_fold_auroc"] == expected.value
    assert row["within_fold_n"] == 80
    assert table.loc[("cnn", "internal_1")].isna()["within_fold_auroc"]
    assert set(table["pooled_or_within"]) == {"pooled"}


def test_models_are_compared_with_the_combined_one_on_shared_patients(predictions):
    fewer = predictions[(predictions["model"] != "cnn") | (predictions["patient_id"] != "P100")]
    table = evaluate_models(fewer, settings=SETTINGS).set_index(["model", "split"])
    row = table.loc[("cnn", "internal_1")]
    cnn = scores_of(fewer, "cnn", "internal_1")
    combined = scores_of(fewer, "combined", "internal_1").loc[cnn.index]
    expected = compare_auroc_paired(cnn["y_true"], cnn["y_score"], combined["y_score"])
    assert row["comparison_n"] == 49
    assert row["auroc_difference"] == expected.difference
    assert (row["auroc_p"], row["auroc_difference_low"]) == (expected.p_value, expected.low)
    assert 0 <= row["sensitivity_p"] <= 1
    assert np.isnan(table.loc[("combined", "internal_1"), "auroc_p"])


def test_patients_that_are_not_shared_give_a_reason(predictions):
    is_cnn = predictions["model"] == "cnn"
    number = predictions["patient_id"].str[1:].astype(int)
    apart = predictions[(is_cnn & (number % 4 < 2)) | (~is_cnn & (number % 4 >= 2))]
    row = evaluate_models(apart, settings=SETTINGS).set_index(["model", "split"])
    assert "no patient is shared" in row.loc[("cnn", "internal_1"), "reason"]


def test_probabilities_have_calibration_and_scores_have_none(table):
    row = table.loc[("cnn", "internal_1")]
    assert 0 < row["calibration_slope_low"] < row["calibration_slope"]
    assert row["observed_to_expected"] == pytest.approx(1, abs=0.4)
    assert np.isnan(table.loc[("fib4", "internal_1"), "calibration_slope"])
    assert np.isnan(table.loc[("reader_1", "internal_1"), "brier_score"])


def test_a_split_of_one_class_is_undefined_with_reasons(predictions):
    one_class = predictions[(predictions["split"] == "training") | (predictions["y_true"] == 1)]
    row = evaluate_models(one_class, settings=SETTINGS).set_index(["model", "split"])
    row = row.loc[("cnn", "internal_1")]
    assert np.isnan(row["auroc"])
    assert np.isnan(row["specificity"])
    for text in ("auroc: all 25 patients are positive", "specificity: the denominator is 0"):
        assert text in row["reason"]


@pytest.mark.parametrize("method", ["logit", "exact", "bootstrap"])
def test_intervals_are_of_the_method_asked_for(predictions, method):
    settings = EvaluationSettings(auroc_method=method, n_resamples=50)
    table = evaluate_models(predictions[predictions["model"] == "cnn"], settings=settings)
    assert set(table["auroc_method"]) == {method}
    assert (table["auroc_low"] < table["auroc"]).all()


def test_two_protocols_in_one_run_are_refused(predictions):
    cnn = predictions[predictions["model"] == "cnn"]
    both = pd.concat([cnn, cnn.assign(protocol="paper")])
    with pytest.raises(ContractError, match="one protocol per run"):
        evaluate_models(both, settings=SETTINGS)


def test_in_fold_rows_are_refused(predictions):
    cnn = predictions[(predictions["model"] == "cnn") & (predictions["split"] == "training")]
    in_fold = cnn.assign(fold=(cnn["fold"] + 1) % 5)
    with pytest.raises(ContractError, match="out-of-fold"):
        evaluate_models(pd.concat([cnn, in_fold]), settings=SETTINGS)


def test_unknown_words_in_settings_name_the_known_ones():
    with pytest.raises(ValueError, match="auroc, article, parsimony"):
        EvaluationSettings(rule="best")
