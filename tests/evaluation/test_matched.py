"""Models at a reader's specificity: thresholds by brute force, McNemar, honest marks."""

import numpy as np
import pandas as pd
import pytest

from cirrhosis.evaluation.comparator_settings import ComparatorSettings
from cirrhosis.evaluation.comparators import add_comparators
from cirrhosis.evaluation.matched import COLUMNS, match_readers
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.paired import compare_sensitivity, compare_specificity
from cirrhosis.statistics.paired_difference import paired_difference
from cirrhosis.statistics.proportions import proportion_interval

SETTINGS = EvaluationSettings()
KEYS = ["model", "split", "matched_on", "threshold_from"]


@pytest.fixture(scope="module")
def table(predictions):
    return match_readers(predictions, settings=SETTINGS)


def scores_of(predictions, model, split):
    rows = predictions[(predictions["model"] == model) & (predictions["split"] == split)]
    return rows.groupby("patient_id").agg(y_true=("y_true", "first"), y_score=("y_score", "mean"))


def rate(truth, calls, label):
    return (calls[truth == label] == label).mean()


def search(truth, score, calls, label):
    """Return the extreme observed score that keeps the reader's rate of one class."""
    wanted = rate(truth, calls, label)
    kept = [
        cut for cut in np.unique(score) if rate(truth, (score >= cut).astype(int), label) >= wanted
    ]
    return max(kept) if label == 1 else min(kept)


@pytest.mark.parametrize("source", ["same_rows", "training_out_of_fold"])
@pytest.mark.parametrize(("matched", "label"), [("specificity", 0), ("sensitivity", 1)])
def test_thresholds_are_those_of_a_search_over_all_scores(
    predictions, table, source, matched, label
):
    found = table.set_index(KEYS)
    chosen_on = "internal_1" if source == "same_rows" else "training"
    for model in ("combined", "cnn", "fib4"):
        row = found.loc[(model, "internal_1", matched, source)]
        own, reader = (scores_of(predictions, name, chosen_on) for name in (model, "reader_1"))
        truth = own["y_true"].to_numpy()
        cut = search(truth, own["y_score"].to_numpy(), reader["y_score"].to_numpy(), label)
        assert row["threshold"] == cut
        test, reader = (scores_of(predictions, name, "internal_1") for name in (model, "reader_1"))
        truth = test["y_true"].to_numpy()
        first, second = (
            (test["y_score"] >= cut).to_numpy().astype(int),
            reader["y_score"].to_numpy(),
        )
        compare = compare_sensitivity if matched == "specificity" else compare_specificity
        expected = compare(truth, first, second)
        assert (row["p"], row["compared_n"]) == (expected.p_value, expected.n)
        assert row["difference"] == pytest.approx(expected.difference)
        of_class = truth == 1 - label
        bounds = paired_difference(
            first[of_class] == truth[of_class], second[of_class] == truth[of_class]
        )
        assert (row["difference_low"], row["difference_high"]) == (bounds.low, bounds.high)
        assert row["model_matched"] == pytest.approx(rate(truth, first, label))
        assert row["reader_matched"] == pytest.approx(rate(truth, second, label))
        own_rate = proportion_interval(
            int((first[of_class] == truth[of_class]).sum()), int(of_class.sum())
        )
        assert (row["value"], row["low"], row["high"]) == (
            own_rate.value,
            own_rate.low,
            own_rate.high,
        )


def test_on_the_same_rows_the_readers_rate_is_kept(table):
    same = table[table["threshold_from"] == "same_rows"]
    assert (same["model_matched"] >= same["reader_matched"] - 1e-12).all()


def test_rows_say_where_the_threshold_is_from(table):
    assert list(table.columns) == COLUMNS
    same = table["threshold_from"] == "same_rows"
    assert table.loc[same, "selected"].str.startswith("threshold").all()
    assert table.loc[same, "selected_on_same_rows"].all()
    assert not table.loc[~same, "selected_on_same_rows"].any()
    # On training rows themselves there is one threshold only.
    assert same[table["split"] == "training"].all()
    assert set(table["model"]) == {"combined", "cnn", "fib4"}
    assert set(table["reader"]) == {"reader_1"}


def test_no_test_label_reaches_the_threshold_of_training_rows(predictions, table):
    is_test = predictions["split"] != "training"
    flipped = predictions.assign(
        y_true=predictions["y_true"].where(~is_test, 1 - predictions["y_true"])
    )
    changed = match_readers(flipped, settings=SETTINGS).set_index(KEYS)["threshold"]
    before = table.set_index(KEYS)["threshold"]
    of_training = before.index.get_level_values("threshold_from") == "training_out_of_fold"
    pd.testing.assert_series_equal(changed[of_training], before[of_training])
    assert not changed[~of_training].equals(before[~of_training])


def test_only_shared_patients_count(predictions):
    fewer = predictions[(predictions["model"] != "cnn") | (predictions["patient_id"] != "P101")]
    table = match_readers(fewer, settings=SETTINGS).set_index(KEYS)
    assert table.loc[("cnn", "internal_1", "specificity", "same_rows"), "n"] == 49
    assert table.loc[("combined", "internal_1", "specificity", "same_rows"), "n"] == 50


def test_without_training_calls_the_threshold_is_found_on_the_same_rows(predictions):
    left = predictions[(predictions["model"] != "reader_1") | (predictions["split"] != "training")]
    table = match_readers(left, settings=SETTINGS)
    assert set(table["threshold_from"]) == {"same_rows"}
    assert set(table["split"]) == {"internal_1"}


def test_a_reader_who_calls_nobody_cannot_be_matched(predictions):
    score = predictions["y_score"].where(predictions["model"] != "reader_1", 0.0)
    table = match_readers(predictions.assign(y_score=score), settings=SETTINGS).set_index(KEYS)
    row = table.loc[("cnn", "internal_1", "sensitivity", "same_rows")]
    assert "the reader's sensitivity is 0" in row["reason"]
    assert np.isnan(row["p"])
    assert row["reader_value"] == 1
    row = table.loc[("cnn", "internal_1", "specificity", "same_rows")]
    assert row["reader_matched"] == 1


@pytest.mark.parametrize("cut_off", ["youden", 2.0])
def test_joined_calls_are_no_readers(predictions, cut_off):
    facts = pd.DataFrame(index=predictions["patient_id"].unique())
    comparators = ComparatorSettings(score_cut_off=cut_off, columns=())
    settings = EvaluationSettings(comparators=comparators)
    table = match_readers(add_comparators(predictions, facts, settings=settings), settings=settings)
    assert set(table["reader"]) == {"reader_1"}
    assert set(table["model"]) == {"combined", "cnn", "fib4"}


def test_without_readers_there_are_columns_and_no_rows(predictions):
    table = match_readers(predictions[predictions["model"] != "reader_1"], settings=SETTINGS)
    assert table.empty
    assert list(table.columns) == COLUMNS
