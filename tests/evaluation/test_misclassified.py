"""Errors: the list against the scores, the differences against direct tests."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cirrhosis.evaluation.error_groups import compare_errors
from cirrhosis.evaluation.misclassified import list_misclassified
from cirrhosis.evaluation.misclassified_settings import MisclassifiedSettings
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.group_tests import chi_square_or_fisher, mann_whitney
from cirrhosis.statistics.thresholds import youden_threshold
from tests.phantom_evaluation import simulate

SETTINGS = EvaluationSettings()


@pytest.fixture(scope="module")
def cohort():
    return simulate(500)


@pytest.fixture(scope="module")
def found(cohort):
    return list_misclassified(cohort.predictions, cohort.facts, settings=SETTINGS)


@pytest.fixture(scope="module")
def scores(cohort):
    """The combined model's scores, calls and outcome of every patient."""
    rows = cohort.predictions.query("model == 'combined'")
    training = rows.query("split == 'training'")
    threshold = youden_threshold(training["y_true"], training["y_score"]).threshold
    table = rows.groupby("patient_id").agg(
        split=("split", "first"),
        y_true=("y_true", "first"),
        y_score=("y_score", "mean"),
        sd=("y_score", "std"),
        n_folds=("y_score", "size"),
        n_folds_positive=("y_score", lambda values: int((values >= threshold).sum())),
    )
    return table.assign(threshold=threshold, call=(table["y_score"] >= threshold).astype(int))


def test_exactly_the_patients_whom_the_model_gets_wrong_are_listed(scores, found):
    wrong = scores[scores["y_true"] != scores["call"]]
    listed = found.patients.set_index("patient_id")
    assert set(listed.index) == set(wrong.index)
    assert not found.patients["patient_id"].duplicated().any()
    kind = np.where(wrong["y_true"] == 1, "false_negative", "false_positive")
    assert (listed.loc[wrong.index, "error"] == kind).all()
    assert set(listed["model"]) == {"combined"}


def test_the_score_is_shown_with_its_distance_and_its_spread_over_folds(scores, found):
    listed = found.patients.set_index("patient_id")
    expected = scores.loc[listed.index].set_axis(listed.index)
    distance = expected["y_score"] - expected["threshold"]
    assert listed["distance"].tolist() == distance.tolist()
    assert ((listed["distance"] >= 0) == (listed["error"] == "false_positive")).all()
    np.testing.assert_array_equal(listed["fold_sd"], expected["sd"])
    assert (listed["n_folds"] == expected["n_folds"]).all()
    assert (listed["n_folds_positive"] == expected["n_folds_positive"]).all()
    # A training patient has one out-of-fold score, which has no spread.
    is_training = listed["split"] == "training"
    assert listed[is_training]["fold_sd"].isna().all()
    assert (listed[~is_training]["fold_minimum"] < listed[~is_training]["fold_maximum"]).all()
    for _, rows in listed.groupby("split"):
        assert rows["distance"].abs().is_monotonic_decreasing


def test_labs_stage_and_what_others_say_stand_beside_the_patient(cohort, found):
    row = found.patients.iloc[0]
    facts = cohort.facts.loc[row["patient_id"]]
    for column in ("platelets_e9_per_l", "etiology", "specimen", "fibrosis_stage", "reader_1"):
        assert row[column] == facts[column] or pd.isna(facts[column])
    assert row["metavir_equivalent"] == int(facts["fibrosis_stage"][1])
    of_reader = cohort.predictions.query("model == 'reader_1'")
    call = of_reader.groupby("patient_id")["y_score"].first()
    assert row["call_reader_1"] == call[row["patient_id"]]
    assert {"score_cnn", "call_cnn", "score_fib4", "call_fib4"} <= set(found.patients.columns)
    assert "score_combined" not in found.patients


def test_errors_are_compared_with_the_rest_of_their_class(cohort, scores, found):
    here = scores[scores["split"] == "training"]
    facts = cohort.facts.loc[here.index]
    table = found.differences.query("split == 'training'").set_index(["error", "column", "level"])
    for error, truth in (("false_positive", 0), ("false_negative", 1)):
        of_class = here["y_true"] == truth
        is_wrong = (here["call"] != truth)[of_class]
        platelets = facts.loc[of_class, "platelets_e9_per_l"]
        known = platelets.notna()
        test = mann_whitney(is_wrong[known].astype(int), platelets[known])
        row = table.loc[(error, "platelets_e9_per_l", "")]
        assert (row["p"], row["method"]) == (pytest.approx(test.p_value), test.method)
        assert row["median_wrong"] == platelets[is_wrong].median()
        assert row["q3_right"] == platelets[~is_wrong].quantile(0.75)
        assert (row["n_wrong"], row["n_right"]) == (is_wrong.sum(), (~is_wrong).sum())
        assert row["n_wrong_missing"] == platelets[is_wrong].isna().sum()
        agents = pd.crosstab(is_wrong, facts.loc[of_class, "contrast_agent"])
        test = chi_square_or_fisher(agents.to_numpy())
        row = table.loc[(error, "contrast_agent", "hepatobiliary")]
        assert row["p"] == pytest.approx(test.p_value)
        assert row["count_wrong"] == agents.loc[True, "hepatobiliary"]
        assert row["share_right"] == pytest.approx(
            agents.loc[False, "hepatobiliary"] / agents.loc[False].sum()
        )
    assert found.differences["exploratory"].all()


def make_groups():
    """Ten patients of each outcome, the wrong ones with other values."""
    names = ["false_positive", "true_negative", "false_negative", "true_positive"]
    outcome = pd.Series(np.repeat(names, 10), index=[f"P{at}" for at in range(40)])
    is_wrong = outcome.str.startswith("false").to_numpy()
    known = pd.DataFrame(
        {
            "etiology": np.where(is_wrong, "hbv;hcv", "hbv"),
            "age_years": np.where(is_wrong, 70.0, 50.0) + np.tile(np.arange(10), 4) / 10,
            "reader_1": is_wrong.astype(float),
        },
        index=outcome.index,
    )
    return known, outcome


def test_a_cell_with_several_words_counts_for_each():
    known, outcome = make_groups()
    rows = pd.DataFrame(compare_errors(known, outcome, settings=SETTINGS))
    of_etiology = rows.query("column == 'etiology' and error == 'false_positive'")
    table = of_etiology.set_index("level")
    assert table[["count_wrong", "count_right"]].to_numpy().tolist() == [[10, 10], [10, 0]]
    assert table.loc["hcv", "p"] < 0.001
    assert pd.isna(table.loc["hbv", "p"])
    assert "fewer than two rows" in table.loc["hbv", "reason"]
    # A reader's call is a word although it is written as a number.
    calls = rows.query("column == 'reader_1' and error == 'false_negative'")
    assert calls["level"].tolist() == ["0", "1"]


def test_small_groups_are_described_and_not_tested():
    known, outcome = make_groups()
    known.loc[outcome.index[:7], "age_years"] = np.nan
    rows = pd.DataFrame(compare_errors(known, outcome, settings=SETTINGS))
    table = rows.query("column == 'age_years'").set_index("error")
    row = table.loc["false_positive"]
    assert pd.isna(row["p"])
    assert row["reason"] == "not tested: a group has 3 patients with a value, fewer than 5"
    assert (row["n_wrong"], row["n_wrong_missing"]) == (10, 7)
    assert row["median_wrong"] == pytest.approx(70.8)
    assert table.loc["false_negative", "p"] < 0.001


def test_any_model_s_errors_can_be_listed_and_absent_columns_are_left_out(cohort):
    chosen = MisclassifiedSettings(model="reader_1", columns=("sex", "no_such_column"))
    settings = replace(SETTINGS, misclassified=chosen)
    listed = list_misclassified(cohort.predictions, cohort.facts, settings=settings).patients
    assert set(listed["model"]) == {"reader_1"}
    assert "no_such_column" not in listed
    # A call is half away from its own cut.
    assert set(listed["distance"].abs()) == {0.5}
    assert set(listed["method"]) == {"the_call_itself"}


def test_the_folds_of_two_runs_are_not_mixed(cohort, found):
    rows = cohort.predictions.query("model == 'combined'")
    both = pd.concat([rows, rows.assign(seed=2, y_score=1 - rows["y_score"])])
    listed = list_misclassified(both, cohort.facts, settings=SETTINGS).patients
    first = listed[listed["seed"] == 1].reset_index(drop=True)
    columns = ["patient_id", "n_folds", "fold_sd", "fold_minimum", "n_folds_positive"]
    pd.testing.assert_frame_equal(first[columns], found.patients[columns])


def test_without_a_threshold_there_is_nothing_to_list(cohort):
    rows = cohort.predictions.query("model == 'combined' and split != 'training'")
    found = list_misclassified(rows, cohort.facts, settings=SETTINGS)
    assert found.patients.empty
    assert found.differences.empty
    assert {"model", "split", "error"} <= set(found.patients.columns)
