"""Comparators: worked tables, no test label in a threshold, honest marks, plain refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.evaluation.calibration_settings import CalibrationSettings
from cirrhosis.evaluation.comparator_settings import ColumnComparator, ComparatorSettings
from cirrhosis.evaluation.comparators import add_comparators, describe_comparators
from cirrhosis.evaluation.judges import read_judges
from cirrhosis.evaluation.performance import evaluate_models
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.thresholds import youden_threshold

SETTINGS = EvaluationSettings(calibration=CalibrationSettings(n_resamples=0))


def choose(**choices):
    return replace(SETTINGS, comparators=ComparatorSettings(**choices))


@pytest.fixture(scope="module")
def facts(predictions):
    """Facts of each patient: two measured columns, one with gaps, and one of text."""
    patients = predictions.drop_duplicates("patient_id").set_index("patient_id")
    rng = np.random.default_rng(3)
    stiffness = 8 + 6 * patients["y_true"] + rng.normal(0, 3, len(patients))
    return pd.DataFrame(
        {
            "stiffness_kpa": stiffness.where(np.arange(len(patients)) % 4 > 0),
            "platelets_e9_per_l": 200 - 60 * patients["y_true"] + rng.normal(0, 30, len(patients)),
            "sex": "male",
        }
    )


def by_patient(table, model):
    rows = table[table["model"] == model]
    return rows.groupby("patient_id")["y_score"].mean()


def test_joined_calls_are_what_the_words_say(predictions, facts):
    table = add_comparators(predictions, facts, settings=SETTINGS)
    training = predictions[(predictions["model"] == "fib4") & (predictions["split"] == "training")]
    cut = youden_threshold(training["y_true"], training["y_score"]).threshold
    reader, fib4 = by_patient(table, "reader_1") == 1, by_patient(table, "fib4") >= cut
    both, either = by_patient(table, "reader_1_and_fib4"), by_patient(table, "reader_1_or_fib4")
    pd.testing.assert_series_equal(both == 1, reader & fib4, check_names=False)
    pd.testing.assert_series_equal(either == 1, reader | fib4, check_names=False)
    assert set(table.loc[table["model"] == "reader_1_or_fib4", "score_kind"]) == {"call"}
    # Rows of the models themselves are untouched.
    same = table[table["model"].isin(predictions["model"].unique())]
    assert len(same) == len(predictions)


def test_no_test_label_reaches_the_threshold_of_a_joined_call(predictions, facts):
    is_test = predictions["split"] != "training"
    flipped = predictions.assign(
        y_true=predictions["y_true"].where(~is_test, 1 - predictions["y_true"])
    )
    before, after = (
        by_patient(add_comparators(one, facts, settings=SETTINGS), "reader_1_and_fib4")
        for one in (predictions, flipped)
    )
    pd.testing.assert_series_equal(before, after)


@pytest.mark.parametrize(
    ("cut_off", "value"),
    [("fib4_sterling_high", 3.25), ("fib4_zheng", 2.26352), (1.0, 1.0)],
)
def test_a_named_or_given_cut_off_replaces_youdens(predictions, facts, cut_off, value):
    settings = choose(score_cut_off=cut_off)
    table = add_comparators(predictions, facts, settings=settings)
    reader, fib4 = by_patient(table, "reader_1") == 1, by_patient(table, "fib4") >= value
    found = by_patient(table, "reader_1_and_fib4") == 1
    pd.testing.assert_series_equal(found, reader & fib4, check_names=False)
    rows = evaluate_models(table, settings=settings).set_index(["model", "split"])
    row = rows.loc[("reader_1_and_fib4", "training")]
    assert row["threshold_source"] == "the_call_itself"
    assert not row["selected_on_same_rows"]


def test_a_call_at_youden_says_that_training_rows_chose_it(predictions, facts):
    table = add_comparators(predictions, facts, settings=SETTINGS)
    rows = evaluate_models(table, settings=SETTINGS).set_index(["model", "split"])
    for split, chosen in (("training", "threshold"), ("internal_1", "")):
        row = rows.loc[("reader_1_or_fib4", split)]
        assert row["threshold_source"] == "call_with_a_score_at_youden_on_training"
        assert row["selected"] == chosen
    assert "balanced accuracy" in row["auroc_method"]
    assert row["auroc"] == pytest.approx((row["sensitivity"] + row["specificity"]) / 2)


def test_patients_without_the_score_are_left_out(predictions, facts):
    has_none = (predictions["model"] == "fib4") & (predictions["patient_id"] == "P100")
    table = add_comparators(predictions[~has_none], facts, settings=SETTINGS)
    assert "P100" in by_patient(table, "reader_1")
    assert "P100" not in by_patient(table, "reader_1_and_fib4")


def test_a_column_is_judged_at_its_cut_off_in_its_direction(predictions, facts):
    settings = choose(
        columns=(
            ColumnComparator("stiffness_kpa", cut_off=12.5),
            ColumnComparator("platelets_e9_per_l", direction="lower", cut_off=160.0),
        )
    )
    table = add_comparators(predictions, facts, settings=settings)
    assert set(by_patient(table, "stiffness_kpa").index) == set(
        facts["stiffness_kpa"].dropna().index
    )
    rows = evaluate_models(table, settings=settings).set_index(["model", "split"])
    calls = {
        "stiffness_kpa": facts["stiffness_kpa"].dropna() >= 12.5,
        "platelets_e9_per_l": facts["platelets_e9_per_l"] <= 160,
    }
    truth = predictions.drop_duplicates("patient_id").set_index("patient_id")
    for name, called in calls.items():
        row = rows.loc[(name, "internal_1")]
        of_split = called[called.index.isin(truth.index[truth["split"] == "internal_1"])]
        assert row["tp"] == (of_split & (truth.loc[of_split.index, "y_true"] == 1)).sum()
        assert row["tp"] + row["fp"] == of_split.sum()
        assert row["threshold_source"] == "fixed_in_the_configuration"
        assert row["auroc"] > 0.6
        written = table[table["model"] == name].set_index("patient_id")["y_pred"]
        assert written.tolist() == called.loc[written.index].astype(int).tolist()
    assert rows.loc[("platelets_e9_per_l", "training"), "selected"] == "logistic_map"


def test_a_column_without_cut_off_takes_youdens_on_training(predictions, facts):
    settings = choose(columns=(ColumnComparator("platelets_e9_per_l", direction="lower"),))
    table = add_comparators(predictions, facts, settings=settings)
    assert table.loc[table["model"] == "platelets_e9_per_l", "y_pred"].isna().all()
    _, judges = next(read_judges(table, settings=settings))
    cut_off = judges["platelets_e9_per_l"]["training"].cut_off
    assert cut_off.source == "youden_on_training_out_of_fold"
    assert cut_off.threshold < 0
    told = describe_comparators(predictions, facts, settings=settings).set_index("model")
    assert "the score is minus the value" in told.loc["platelets_e9_per_l", "definition"]


def test_what_is_absent_is_left_out_with_a_reason(predictions, facts):
    told = describe_comparators(predictions, facts.drop(columns="stiffness_kpa"), settings=choose())
    told = told.set_index("model")
    assert told["added"].to_dict() == {
        "reader_1_and_fib4": True,
        "reader_1_or_fib4": True,
        "reader_2_and_fib4": False,
        "reader_2_or_fib4": False,
        "stiffness_kpa": False,
    }
    assert "no model 'reader_2'" in told.loc["reader_2_or_fib4", "reason"]
    assert "no such column" in told.loc["stiffness_kpa", "reason"]
    assert told.loc["reader_1_and_fib4", "n"] == 130
    assert told.loc["reader_1_and_fib4", "definition"].startswith("reader_1 AND fib4 >= ")
    nobody = facts.assign(stiffness_kpa=np.nan)
    told = describe_comparators(predictions, nobody, settings=choose()).set_index("model")
    assert "no predicted patient has a value" in told.loc["stiffness_kpa", "reason"]


def test_without_training_rows_there_is_no_call_at_youden(predictions, facts):
    tests = predictions[predictions["split"] != "training"]
    told = describe_comparators(tests, facts, settings=choose()).set_index("model")
    assert "no training rows" in told.loc["reader_1_and_fib4", "reason"]
    assert "reader_1_and_fib4" not in set(add_comparators(tests, facts, settings=choose())["model"])


def test_nothing_to_add_leaves_the_table_as_it_is(predictions, facts):
    table = add_comparators(predictions, facts, settings=choose(readers=(), columns=()))
    assert len(table) == len(predictions)


def test_a_taken_name_a_stranger_and_text_are_refused(predictions, facts):
    with pytest.raises(ContractError, match="models already: 'stiffness_kpa'"):
        add_comparators(
            add_comparators(predictions, facts, settings=choose(readers=())),
            facts,
            settings=choose(readers=()),
        )
    with pytest.raises(ContractError, match="1 have none: 'P005'"):
        add_comparators(predictions, facts.drop(index="P005"), settings=choose())
    with pytest.raises(ContractError, match="finite numbers in sex"):
        add_comparators(predictions, facts, settings=choose(columns=(ColumnComparator("sex"),)))


def test_unknown_words_name_the_known_ones():
    with pytest.raises(ValueError, match="higher, lower"):
        ColumnComparator("stiffness_kpa", direction="up")
    with pytest.raises(ValueError, match="fib4_sterling_low"):
        ComparatorSettings(score_cut_off="sterling")
    with pytest.raises(ValueError, match="apri_who_2024 is of apri"):
        ComparatorSettings(score_cut_off="apri_who_2024")
    with pytest.raises(ValueError, match="each column once"):
        ComparatorSettings(columns=(ColumnComparator("a"), ColumnComparator("a", cut_off=1.0)))
