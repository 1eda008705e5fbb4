"""Recalibration: fitted on some patients, reported on others, never on both."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from cirrhosis.evaluation.calibration_settings import CalibrationSettings
from cirrhosis.evaluation.recalibration import COLUMNS, draw_fitting_patients, recalibrate_models
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.calibration import calibration_slope, observed_to_expected
from cirrhosis.statistics.recalibration import fit_logistic_map, fit_recalibration

CHOICES = CalibrationSettings(n_resamples=0)
SETTINGS = EvaluationSettings(calibration=CHOICES)
KEYS = ["model", "split", "update"]


@pytest.fixture(scope="module")
def table(predictions):
    return recalibrate_models(predictions, settings=SETTINGS).set_index(KEYS)


def scores_of(predictions, model, split="internal_1"):
    rows = predictions[(predictions["model"] == model) & (predictions["split"] == split)]
    return rows.groupby("patient_id").agg(y_true=("y_true", "first"), y_score=("y_score", "mean"))


def draw(predictions, **choices):
    truth = scores_of(predictions, "cnn")["y_true"]
    settings = CalibrationSettings(**choices)
    return draw_fitting_patients(truth, split="internal_1", settings=settings)


def test_coefficients_and_measures_are_the_direct_calls_on_two_parts(predictions, table):
    scores, drawn = scores_of(predictions, "cnn"), sorted(draw(predictions))
    fitting, reported = scores.loc[drawn], scores.drop(index=drawn)
    for update in ("intercept", "intercept_and_slope"):
        row = table.loc[("cnn", "internal_1", update)]
        fitted = fit_recalibration(
            fitting["y_true"], fitting["y_score"], update=update, clip=SETTINGS.probability_clip
        )
        assert (row["map_intercept"], row["map_slope"]) == (fitted.intercept, fitted.slope)
        after = fitted.apply_to_probabilities(reported["y_score"])
        slope = calibration_slope(reported["y_true"], after, clip=SETTINGS.probability_clip)
        ratio = observed_to_expected(reported["y_true"], after)
        assert (row["calibration_slope"], row["observed_to_expected"]) == (slope.value, ratio.value)
    before = table.loc[("cnn", "internal_1", "none")]
    ratio = observed_to_expected(reported["y_true"], reported["y_score"])
    assert (before["observed_to_expected"], before["n"]) == (ratio.value, len(reported))
    assert pd.isna(before["map_slope"])


def test_the_fitting_patients_can_be_proved(predictions, table):
    drawn = sorted(draw(predictions))
    row = table.loc[("cnn", "internal_1", "intercept")]
    assert row["fitting_patients"] == hashlib.sha256("\n".join(drawn).encode()).hexdigest()
    assert row["n_fitting"] + row["n"] == 50
    assert (row["n_fitting"], row["n_positive_fitting"], row["n_positive"]) == (24, 12, 13)


def test_scores_of_reported_patients_do_not_reach_the_update(predictions, table):
    drawn = draw(predictions)
    is_reported = (predictions["split"] == "internal_1") & ~predictions["patient_id"].isin(drawn)
    is_reported &= predictions["score_kind"] == "probability"
    changed = predictions["y_score"].where(~is_reported, 1 - predictions["y_score"])
    found = recalibrate_models(predictions.assign(y_score=changed), settings=SETTINGS)
    found = found.set_index(KEYS)
    columns = ["map_intercept", "map_slope", "n_fitting", "fitting_patients"]
    pd.testing.assert_frame_equal(found[columns], table[columns])
    # The guard can see something: the reported numbers did change.
    key = ("cnn", "internal_1", "intercept_and_slope")
    assert found.loc[key, "calibration_slope"] < 0 < table.loc[key, "calibration_slope"]


def test_the_draw_is_stratified_seeded_and_of_the_share(predictions):
    truth = scores_of(predictions, "cnn")["y_true"]
    drawn = draw(predictions)
    assert drawn == draw(predictions)
    assert drawn != draw(predictions, seed=18)
    assert truth.loc[sorted(drawn)].value_counts().to_dict() == {0: 12, 1: 12}
    few = draw(predictions, local_share=0.2)
    assert truth.loc[sorted(few)].value_counts().to_dict() == {0: 5, 1: 5}
    other = draw_fitting_patients(truth, split="external", settings=CalibrationSettings())
    assert other != drawn


def test_all_models_share_the_fitting_patients(predictions, table):
    hashes = table.xs("none", level="update")["fitting_patients"]
    assert hashes.loc["cnn"].item() == hashes.loc["fib4"].item() == hashes.loc["combined"].item()
    # A model without one of the patients keeps the draw for the others.
    drawn = sorted(draw(predictions))
    fewer = predictions[(predictions["model"] != "cnn") | (predictions["patient_id"] != drawn[0])]
    found = recalibrate_models(fewer, settings=SETTINGS).set_index(KEYS)
    assert found.loc[("cnn", "internal_1", "none"), "n_fitting"] == 23
    assert found.loc[("combined", "internal_1", "none"), "n_fitting"] == 24


def test_scores_are_mapped_on_training_rows_first(predictions, table):
    training, test = (scores_of(predictions, "fib4", split) for split in ("training", "internal_1"))
    mapped = fit_logistic_map(training["y_true"], training["y_score"]).apply(test["y_score"])
    drawn = test.index.isin(sorted(draw(predictions)))
    expected = fit_recalibration(
        test["y_true"][drawn], mapped[drawn], update="intercept", clip=SETTINGS.probability_clip
    )
    row = table.loc[("fib4", "internal_1", "intercept")]
    assert row["map_intercept"] == expected.intercept
    assert "of a logistic map fitted on 80 training rows" in row["brier_score_method"]


def test_a_bad_intercept_is_mended_on_the_reported_patients(predictions):
    is_test = (predictions["model"] == "cnn") & (predictions["split"] == "internal_1")
    odds = predictions["y_score"] / (1 - predictions["y_score"]) * np.exp(2)
    shifted = predictions["y_score"].where(~is_test, odds / (1 + odds))
    rows = predictions.assign(y_score=shifted)[predictions["model"] == "cnn"]
    # Each patient four times under other names, so that chance is half as large.
    many = pd.concat([rows.assign(patient_id=rows["patient_id"] + name) for name in "abcd"])
    table = recalibrate_models(many, settings=SETTINGS).set_index(KEYS)
    ratio = table["observed_to_expected"].loc["cnn", "internal_1"]
    assert ratio["none"] < 0.8
    assert ratio["intercept"] == pytest.approx(1, abs=0.1)


def test_training_rows_and_calls_are_not_recalibrated(table):
    assert set(table.index.get_level_values("split")) == {"internal_1"}
    assert set(table.index.get_level_values("model")) == {"combined", "cnn", "fib4"}
    assert not table["selected_on_same_rows"].any()


def test_small_splits_are_left_out_with_counts(predictions):
    settings = EvaluationSettings(
        calibration=CalibrationSettings(minimum_per_class=13, n_resamples=0)
    )
    table = recalibrate_models(predictions, settings=settings)
    assert set(table["update"]) == {"none"}
    assert table["reason"].str.contains("12 positive and 12 negative").all()
    assert table["brier_score"].isna().all()


def test_without_test_splits_there_are_columns_and_no_rows(predictions):
    training = predictions[predictions["split"] == "training"]
    table = recalibrate_models(training, settings=SETTINGS)
    assert table.empty
    assert list(table.columns) == COLUMNS
