"""Pairwise comparisons: against direct calls, each pair once, one primary, one family."""

import numpy as np
import pandas as pd
import pytest

from cirrhosis.evaluation.comparison_settings import ModelPair, PrimaryComparison
from cirrhosis.evaluation.comparisons import COLUMNS, compare_models
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics import paired
from cirrhosis.statistics.auroc_comparison import compare_auroc_paired
from cirrhosis.statistics.multiplicity import adjust_p_values
from cirrhosis.statistics.paired_difference import paired_difference
from cirrhosis.statistics.permutation import compare_auroc_permutation_paired
from cirrhosis.statistics.thresholds import youden_threshold

PRIMARY = PrimaryComparison(split="internal_1")
SETTINGS = EvaluationSettings(primary=PRIMARY, n_permutations=999)
KEYS = ["model", "against", "split", "measure"]


@pytest.fixture(scope="module")
def table(predictions):
    return compare_models(predictions, settings=SETTINGS)


def scores_of(predictions, model, split):
    rows = predictions[(predictions["model"] == model) & (predictions["split"] == split)]
    return rows.groupby("patient_id").agg(y_true=("y_true", "first"), y_score=("y_score", "mean"))


def calls_of(predictions, model, split):
    training, here = (scores_of(predictions, model, one) for one in ("training", split))
    cut = youden_threshold(training["y_true"], training["y_score"]).threshold
    return (here["y_score"] >= (0.5 if model.startswith("reader") else cut)).astype(int)


def compare_directly(measure, truth, first, second):
    if measure in ("ppv", "npv"):
        return paired.compare_predictive_values(truth, first, second, value=measure)
    return getattr(paired, f"compare_{measure}")(truth, first, second)


def test_every_row_is_the_direct_call(predictions, table):
    assert list(table.columns) == COLUMNS
    rows = table.set_index(KEYS)
    for model, against in (("fib4", "combined"), ("reader_1", "cnn")):
        one, other = (scores_of(predictions, name, "internal_1") for name in (model, against))
        truth = one["y_true"]
        area = compare_auroc_paired(truth, one["y_score"], other["y_score"])
        row = rows.loc[(model, against, "internal_1", "auroc")]
        assert (row["difference"], row["low"], row["p"]) == (
            area.difference,
            area.low,
            area.p_value,
        )
        assert (row["method"], row["interval_method"]) == ("delong_paired", "delong")
        first, second = (calls_of(predictions, name, "internal_1") for name in (model, against))
        for measure in ("sensitivity", "specificity", "accuracy", "ppv", "npv"):
            test = compare_directly(measure, truth, first, second)
            row = rows.loc[(model, against, "internal_1", measure)]
            assert row["p"] == test.p_value
            assert row["difference"] == pytest.approx(test.difference)
            assert row["difference"] == pytest.approx(row["value"] - row["value_against"])
            assert (row["n"], row["method"]) == (test.n, test.method)
        positive = truth == 1
        bounds = paired_difference((first == truth)[positive], (second == truth)[positive])
        row = rows.loc[(model, against, "internal_1", "sensitivity")]
        assert (row["low"], row["high"]) == (bounds.low, bounds.high)
        assert (row["n"], row["interval_method"]) == (25, "bonett_price")


def test_each_pair_is_compared_once_with_each_reference(table):
    pairs = set(table[["model", "against"]].itertuples(index=False, name=None))
    assert pairs == {
        ("combined", "cnn"),
        ("fib4", "combined"),
        ("reader_1", "combined"),
        ("fib4", "cnn"),
        ("reader_1", "cnn"),
    }
    assert not table.duplicated(KEYS).any()
    assert len(table) == 5 * 2 * 6


def test_declared_pairs_are_added(predictions):
    settings = EvaluationSettings(references=(), pairs=(ModelPair("reader_1", "fib4"),))
    table = compare_models(predictions, settings=settings)
    made = table[table["n_shared"] > 0]
    assert set(made["against"]) == {"cnn", "fib4"}


def test_the_primary_comparison_is_alone_and_the_rest_one_family(table):
    primary = table[table["is_primary"]]
    assert primary[KEYS].iloc[0].tolist() == ["combined", "cnn", "internal_1", "auroc"]
    assert len(primary) == 1
    assert primary[["p_holm", "p_benjamini_hochberg", "n_family"]].isna().all(axis=None)
    assert primary["p"].notna().all()
    rest = table[~table["is_primary"]]
    p_values = [None if np.isnan(p) else p for p in rest["p"]]
    for column, method in (("p_holm", "holm"), ("p_benjamini_hochberg", "benjamini_hochberg")):
        expected = np.array(adjust_p_values(p_values, method=method), dtype=float)
        np.testing.assert_array_equal(rest[column].to_numpy(dtype=float), expected)
    assert (rest["n_family"] == rest["p"].notna().sum()).all()
    assert (rest["p_holm"].dropna() >= rest["p"].dropna()).all()


def test_each_run_has_its_own_primary_and_family(predictions, table):
    both = pd.concat([predictions, predictions.assign(seed=18)])
    found = compare_models(both, settings=SETTINGS)
    assert found.groupby("seed")["is_primary"].sum().tolist() == [1, 1]
    one = found[found["seed"] == 17].reset_index(drop=True)
    pd.testing.assert_frame_equal(one, table)


@pytest.mark.parametrize(
    ("primary", "text"),
    [
        (PrimaryComparison(), "they share no patient on external"),
        (PrimaryComparison(model="deeper"), "no model deeper on external"),
        (PrimaryComparison(model="a", against="b"), "no model a nor b"),
    ],
)
def test_a_primary_comparison_that_is_not_there_is_a_reason(predictions, primary, text):
    table = compare_models(predictions, settings=EvaluationSettings(primary=primary))
    row = table[table["is_primary"]]
    assert len(row) == 1
    assert row["p"].isna().all()
    assert text in row["reason"].item()
    assert row["n_shared"].item() == 0


def test_the_direction_of_the_primary_comparison_is_kept(predictions):
    turned = PrimaryComparison(model="cnn", against="combined", split="internal_1")
    table = compare_models(predictions, settings=EvaluationSettings(primary=turned))
    row = table[table["is_primary"]].iloc[0]
    assert (row["model"], row["against"]) == ("cnn", "combined")
    assert row["difference"] == pytest.approx(row["value"] - row["value_against"])


def test_pairs_count_the_patients_that_both_have(predictions):
    fewer = predictions[(predictions["model"] != "fib4") | (predictions["patient_id"] != "P100")]
    table = compare_models(fewer, settings=SETTINGS).set_index(KEYS)
    assert table.loc[("fib4", "combined", "internal_1", "auroc"), "n_shared"] == 49
    assert table.loc[("combined", "cnn", "internal_1", "auroc"), "n_shared"] == 50


def test_an_area_of_one_has_a_seeded_permutation_test(predictions):
    score = predictions["y_score"].where(
        predictions["model"] != "cnn", 0.1 + 0.8 * predictions["y_true"]
    )
    perfect = predictions.assign(y_score=score)
    table = compare_models(perfect, settings=SETTINGS).set_index(KEYS)
    row = table.loc[("combined", "cnn", "internal_1", "auroc")]
    one, other = (scores_of(perfect, name, "internal_1") for name in ("combined", "cnn"))
    expected = compare_auroc_permutation_paired(
        one["y_true"],
        one["y_score"],
        other["y_score"],
        rng=np.random.default_rng(0),
        n_resamples=999,
    )
    assert row["p"] == pytest.approx(expected.p_value, abs=0.02)
    assert row["method"] == expected.method
    assert "leaves DeLong's test undefined" in row["reason"]
    pd.testing.assert_frame_equal(compare_models(perfect, settings=SETTINGS).set_index(KEYS), table)


def test_rows_say_what_was_selected_and_what_is_a_call(table):
    rows = table.set_index(KEYS)
    row = rows.loc[("combined", "cnn", "training", "auroc")]
    assert row["selected"] == "threshold+combination"
    assert "slightly optimistic" in row["reason"]
    row = rows.loc[("reader_1", "cnn", "internal_1", "auroc")]
    assert "balanced accuracy" in row["reason"]
    assert (row["protocol"], row["protocol_against"]) == ("none", "nested")
    assert not row["selected_on_same_rows"]
    assert set(table["pooled_or_within"]) == {"pooled"}


def test_without_a_threshold_only_areas_are_compared(predictions):
    tests = predictions[predictions["split"] != "training"]
    table = compare_models(tests, settings=SETTINGS).set_index(KEYS)
    row = table.loc[("combined", "cnn", "internal_1", "sensitivity")]
    assert np.isnan(row["p"])
    assert row["reason"] == "a model has no threshold"
    assert table.loc[("combined", "cnn", "internal_1", "auroc"), "p"] <= 1


def test_a_split_of_one_class_is_undefined_with_reasons(predictions):
    one_class = predictions[(predictions["split"] == "training") | (predictions["y_true"] == 1)]
    table = compare_models(one_class, settings=SETTINGS).set_index(KEYS)
    assert table.loc[("combined", "cnn", "internal_1", "auroc"), "reason"] == "one class is absent"
    row = table.loc[("combined", "cnn", "internal_1", "specificity")]
    assert np.isnan(row["p"])
    assert row["reason"] == "no patient of this class"


@pytest.mark.parametrize("test", ["generalized_score", "relative"])
def test_predictive_values_are_compared_by_the_test_asked_for(predictions, test):
    settings = EvaluationSettings(predictive_test=test, mcnemar_method="mid_p")
    table = compare_models(predictions, settings=settings).set_index(KEYS)
    row = table.loc[("fib4", "combined", "internal_1", "ppv")]
    first, second = (calls_of(predictions, name, "internal_1") for name in ("fib4", "combined"))
    truth = scores_of(predictions, "fib4", "internal_1")["y_true"]
    expected = paired.compare_predictive_values(truth, first, second, value="ppv", method=test)
    assert (row["p"], row["method"]) == (expected.p_value, expected.method)
    row = table.loc[("fib4", "combined", "internal_1", "accuracy")]
    assert row["method"] == "mcnemar_mid_p"


def test_unknown_words_name_the_known_ones():
    with pytest.raises(ValueError, match="auroc, sensitivity"):
        PrimaryComparison(measure="f1")
    with pytest.raises(ValueError, match="combined twice"):
        PrimaryComparison(against="combined")
    with pytest.raises(ValueError, match="weighted_generalized_score"):
        EvaluationSettings(predictive_test="t")
