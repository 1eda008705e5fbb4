"""Grey zone: thresholds from training rows by a search, counts that add up, no gap."""

import numpy as np
import pandas as pd
import pytest

from cirrhosis.evaluation.operating_points import COLUMNS, find_operating_points
from cirrhosis.evaluation.operating_settings import OperatingSettings
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics import classification

SETTINGS = EvaluationSettings()


@pytest.fixture(scope="module")
def table(predictions):
    return find_operating_points(predictions, settings=SETTINGS).set_index(["model", "split"])


def scores_of(predictions, model, split):
    rows = predictions[(predictions["model"] == model) & (predictions["split"] == split)]
    return rows.groupby("patient_id").agg(y_true=("y_true", "first"), y_score=("y_score", "mean"))


def test_thresholds_are_those_of_a_search_over_training_scores(predictions, table):
    for model in ("combined", "cnn", "fib4"):
        training = scores_of(predictions, model, "training")
        truth, score = training["y_true"], training["y_score"]
        cuts = np.unique(score)
        out = max(cut for cut in cuts if (score[truth == 1] >= cut).mean() >= 0.95)
        into = min(cut for cut in cuts if (score[truth == 0] < cut).mean() >= 0.95)
        for split in ("training", "internal_1"):
            row = table.loc[(model, split)]
            assert (row["rule_out_threshold"], row["rule_in_threshold"]) == (out, into)


def test_measures_are_those_of_the_calls_at_each_threshold(predictions, table):
    row, test = table.loc[("cnn", "internal_1")], scores_of(predictions, "cnn", "internal_1")
    truth, score = test["y_true"], test["y_score"]
    kept = (score >= row["rule_out_threshold"]).astype(int)
    called = (score >= row["rule_in_threshold"]).astype(int)
    for name, calls in (
        ("rule_out_sensitivity", kept),
        ("rule_out_npv", kept),
        ("rule_in_specificity", called),
        ("rule_in_ppv", called),
    ):
        expected = getattr(classification, name.rsplit("_", 1)[1])(truth, calls)
        assert (row[name], row[f"{name}_low"], row[f"{name}_n"]) == (
            expected.value,
            expected.low,
            expected.n,
        )
    assert row["n_below"] == (kept == 0).sum()
    assert row["n_above"] == called.sum()
    assert row["n_positive_grey"] == truth[(kept == 1) & (called == 0)].sum()
    assert row["grey_share"] == row["n_grey"] / 50
    assert row["grey_share_low"] < row["grey_share"]


def test_zones_add_up_to_all_patients(table):
    assert (table[["n_below", "n_grey", "n_above"]].sum(axis=1) == table["n"]).all()
    positives = table[["n_positive_below", "n_positive_grey", "n_positive_above"]].sum(axis=1)
    assert (positives == table["n_positive"]).all()


def test_no_test_label_reaches_a_threshold(predictions, table):
    is_test = predictions["split"] != "training"
    flipped = predictions.assign(
        y_true=predictions["y_true"].where(~is_test, 1 - predictions["y_true"])
    )
    changed = find_operating_points(flipped, settings=SETTINGS).set_index(["model", "split"])
    columns = ["rule_out_threshold", "rule_in_threshold", "n_below", "n_grey", "n_above"]
    pd.testing.assert_frame_equal(changed[columns], table[columns])


def test_training_rows_say_that_they_chose(table):
    assert table.loc[("fib4", "training"), "selected"] == "threshold+rule_out_and_rule_in"
    assert table.loc[("fib4", "internal_1"), "selected"] == ""
    assert "slightly optimistic" in table.loc[("combined", "training"), "reason"]


def test_a_model_that_meets_both_targets_at_one_score_has_no_grey_zone(predictions):
    settings = EvaluationSettings(operating_points=OperatingSettings(0.6, 0.6))
    table = find_operating_points(predictions, settings=settings).set_index(["model", "split"])
    row = table.loc[("combined", "training")]
    assert row["rule_out_threshold"] == row["rule_in_threshold"]
    assert row["n_grey"] == 0
    assert row["n_below"] + row["n_above"] == row["n"]
    assert "no grey zone" in row["reason"]
    # The one threshold meets both targets, and Youden's does if it lies between.
    assert row["rule_out_sensitivity"] >= 0.6
    assert row["rule_in_specificity"] >= 0.6
    assert row["rule_in_threshold"] == row["threshold"]


def test_a_target_out_of_reach_is_a_reason(predictions):
    # The highest score of all is a negative patient's.
    score = predictions["y_score"].where(
        (predictions["model"] != "cnn") | (predictions["patient_id"] != "P000"), 1.0
    )
    settings = EvaluationSettings(operating_points=OperatingSettings(0.95, 0.99))
    table = find_operating_points(predictions.assign(y_score=score), settings=settings)
    row = table.set_index(["model", "split"]).loc[("cnn", "internal_1")]
    assert np.isnan(row["rule_in_threshold"])
    assert row["rule_out_threshold"] > 0
    assert row["reason"].startswith("rule-in: the highest score has a specificity")
    assert np.isnan(row["n_grey"])
    assert np.isnan(row["rule_in_ppv"])
    assert row["rule_out_sensitivity"] > 0.8


def test_readers_have_no_rows_and_tests_alone_a_reason(predictions, table):
    assert "reader_1" not in table.index.get_level_values("model")
    tests = predictions[predictions["split"] != "training"]
    found = find_operating_points(tests, settings=SETTINGS)
    assert found["reason"].str.contains("no training rows").all()
    assert found["rule_out_sensitivity"].isna().all()


def test_shares_outside_zero_and_one_are_refused():
    with pytest.raises(ValueError, match=r"write 95 % as 0\.95"):
        OperatingSettings(rule_out_sensitivity=95)
    with pytest.raises(ValueError, match=r"found 1\.0"):
        OperatingSettings(prevalences=(0.5, 1.0))


def test_columns_are_there_with_and_without_rows(predictions, table):
    readers = predictions[predictions["model"] == "reader_1"]
    nothing = find_operating_points(readers, settings=SETTINGS)
    assert nothing.empty
    assert list(nothing.columns) == COLUMNS
    assert set(table.columns) | {"model", "split"} == set(COLUMNS)
