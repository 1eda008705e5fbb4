"""Table 2: numbers from statistics, thresholds from training rows, honest marks."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.evaluation.calibration_settings import CalibrationSettings
from cirrhosis.evaluation.performance import evaluate_models
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics import classification
from cirrhosis.statistics.auroc_comparison import compare_auroc_paired
from cirrhosis.statistics.calibration import calibration, calibration_slope
from cirrhosis.statistics.discrimination import auroc_interval, within_fold_auroc
from cirrhosis.statistics.proportions import proportion_interval
from cirrhosis.statistics.recalibration import fit_logistic_map
from cirrhosis.statistics.smooth_calibration import smooth_calibration
from cirrhosis.statistics.thresholds import youden_threshold

SETTINGS = EvaluationSettings(n_permutations=999, calibration=CalibrationSettings(n_resamples=20))


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
    assert table.loc[("fib4", "training"), "selected"] == "threshold+logistic_map"
    assert table.loc[("cnn", "training"), "selected"] == "threshold+combination"
    assert not table.xs("internal_1", level="split")["selected_on_same_rows"].any()
    assert "slightly optimistic" in table.loc[("combined", "training"), "reason"]
    is_combined = predictions["model"] == "combined"
    nested = predictions["protocol"].where(~is_combined, "nested_fusion")
    rows = evaluate_models(predictions.assign(protocol=nested), settings=SETTINGS)
    row = rows.set_index(["model", "split"]).loc[("combined", "training")]
    assert "optimistic" not in row["reason"]
    assert row["protocol"] == "nested_fusion"
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
    assert row["sensitivity_p_method"] == "mcnemar_exact"
    assert row["ppv_p_method"] == "weighted_generalized_score"
    assert np.isnan(table.loc[("combined", "internal_1"), "auroc_p"])


def test_patients_that_are_not_shared_give_a_reason(predictions):
    is_cnn = predictions["model"] == "cnn"
    number = predictions["patient_id"].str[1:].astype(int)
    apart = predictions[(is_cnn & (number % 4 < 2)) | (~is_cnn & (number % 4 >= 2))]
    row = evaluate_models(apart, settings=SETTINGS).set_index(["model", "split"])
    assert "no patient is shared" in row.loc[("cnn", "internal_1"), "reason"]


def test_calibration_is_what_the_statistics_say(predictions, table):
    row, test = table.loc[("cnn", "internal_1")], scores_of(predictions, "cnn", "internal_1")
    found = calibration(test["y_true"], test["y_score"], clip=SETTINGS.probability_clip)
    for column, field in (
        ("calibration_slope", "slope"),
        ("calibration_intercept", "intercept"),
        ("calibration_in_the_large", "in_the_large"),
        ("brier_score", "brier_score"),
        ("observed_to_expected", "observed_to_expected"),
    ):
        expected = getattr(found, field)
        assert (row[column], row[f"{column}_low"]) == (expected.value, expected.low)
        assert row[f"{column}_method"] == expected.method
    smooth = smooth_calibration(test["y_true"], test["y_score"])
    assert (row["ici"], row["e50"], row["e90"]) == (smooth.ici, smooth.e50, smooth.e90)
    assert row["ici_low"] < row["ici"] < row["ici_high"]
    assert row["ici_method"] == "loess_interpolate_bootstrap"
    assert row["probability_source"] == "own"


def test_scores_are_calibrated_after_a_map_of_training_rows(predictions, table):
    training, test = (scores_of(predictions, "fib4", split) for split in ("training", "internal_1"))
    fitted = fit_logistic_map(training["y_true"], training["y_score"])
    probability = fitted.apply(test["y_score"])
    expected = calibration_slope(test["y_true"], probability, clip=SETTINGS.probability_clip)
    row = table.loc[("fib4", "internal_1")]
    assert row["calibration_slope"] == expected.value
    assert "of a logistic map fitted on 80 training rows" in row["brier_score_method"]
    assert row["selected"] == ""
    # On its own rows a maximum of the likelihood is calibrated.
    assert table.loc[("fib4", "training"), "observed_to_expected"] == pytest.approx(1)
    assert table.loc[("fib4", "training"), "selected"] == "threshold+logistic_map"


def test_a_map_of_the_logarithm_suits_a_skewed_score(predictions, table):
    settings = EvaluationSettings(calibration=CalibrationSettings(score_scale="log", n_resamples=0))
    logged = evaluate_models(predictions, settings=settings).set_index(["model", "split"])
    row = logged.loc[("fib4", "internal_1")]
    # The phantom's score is the exponential of what is linear in the log odds.
    assert row["brier_score"] < table.loc[("fib4", "internal_1"), "brier_score"]
    assert "of a logistic map of its logarithm" in row["brier_score_method"]
    assert pd.isna(row["ici_low"])
    assert "n_resamples is 0" in row["reason"]


def test_a_call_has_no_probability_and_a_score_without_training_rows_none(predictions, table):
    row = table.loc[("reader_1", "internal_1")]
    assert np.isnan(row["brier_score"])
    assert "calibration" not in row["reason"]
    tests = predictions[predictions["split"] != "training"]
    row = evaluate_models(tests, settings=SETTINGS).set_index("model").loc["fib4"]
    assert np.isnan(row["brier_score"])
    assert "calibration: a score needs training rows" in row["reason"]


def test_no_test_label_reaches_the_map(predictions):
    is_test = predictions["split"] != "training"
    flipped = predictions.assign(
        y_true=predictions["y_true"].where(~is_test, 1 - predictions["y_true"])
    )
    expected = [
        evaluate_models(one, settings=SETTINGS).set_index(["model", "split"])
        for one in (predictions, flipped)
    ]
    before, after = (one.loc[("fib4", "internal_1")] for one in expected)
    # The same probabilities: the sum of them is observed / (O:E).
    sums = [row["n_positive"] / row["observed_to_expected"] for row in (before, after)]
    assert sums[0] == pytest.approx(sums[1])


def test_an_area_of_one_is_tested_by_permutation(predictions):
    perfect = predictions["y_score"].where(
        predictions["model"] != "cnn", 0.1 + 0.8 * predictions["y_true"]
    )
    found = evaluate_models(predictions.assign(y_score=perfect), settings=SETTINGS)
    row = found.set_index(["model", "split"]).loc[("cnn", "internal_1")]
    assert row["auroc"] == 1
    assert row["auroc_p_method"] == "permutation_paired_999"
    assert "an area of 1 leaves DeLong's test undefined" in row["reason"]
    assert 0 < row["auroc_p"] < 0.05
    assert np.isnan(row["auroc_difference_low"])
    again = evaluate_models(predictions.assign(y_score=perfect), settings=SETTINGS)
    pd.testing.assert_frame_equal(found, again)


@pytest.mark.parametrize("method", ["wilson", "logit", "jeffreys"])
def test_proportions_have_the_interval_asked_for(predictions, method):
    settings = replace(SETTINGS, proportion_method=method, predictive_method="clopper_pearson")
    row = evaluate_models(predictions, settings=settings).set_index(["model", "split"])
    row = row.loc[("reader_1", "internal_1")]
    for name, right, n in (
        ("sensitivity", row["tp"], row["n_positive"]),
        ("specificity", row["tn"], row["n"] - row["n_positive"]),
        ("accuracy", row["tp"] + row["tn"], row["n"]),
    ):
        expected = proportion_interval(int(right), int(n), method=method)
        assert (row[name], row[f"{name}_low"]) == (expected.value, expected.low)
        assert row[f"{name}_method"] == method
    expected = proportion_interval(int(row["tp"]), int(row["tp"] + row["fp"]))
    assert (row["ppv"], row["ppv_high"]) == (expected.value, expected.high)


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
    settings = replace(SETTINGS, auroc_method=method, n_resamples=50)
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
