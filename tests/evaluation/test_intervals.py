"""Days to the reference standard: signs, limits, gaps."""

import dataclasses

import pandas as pd
import pytest

from cirrhosis.evaluation.intervals import COLUMNS, describe_intervals
from cirrhosis.evaluation.settings import EvaluationSettings
from tests.evaluation.made_facts import make_facts, make_small

SETTINGS = EvaluationSettings()


def row_of(table, interval, split):
    return table.set_index(["interval", "split"]).loc[(interval, split)]


def test_a_worked_table():
    # The chosen study of everybody is of 2020-03-10.
    reference = ["2020-03-11", "2020-03-13", "2020-03-19", "2020-06-10", "2020-06-11", None]
    labs = ["2020-03-12", None, None, None, None, None]
    facts = make_small(
        reference_date=[*reference, *["2020-03-05"] * 6], labs_date=[*labs, *[None] * 6]
    )
    table = describe_intervals(facts, settings=SETTINGS)
    training = row_of(table, "mri_to_reference", "training")
    # 1, 3, 9, 92 and 93 days.
    assert training[["n_patients", "n", "n_missing"]].tolist() == [6, 5, 1]
    days = ["minimum_days", "q1_days", "median_days", "q3_days", "maximum_days"]
    assert training[days].tolist() == [1, 3, 9, 92, 93]
    assert training[["n_over_limit", "limit_days", "n_after_reference"]].tolist() == [1, 92, 0]
    assert training["share_over_limit"] == pytest.approx(0.2)
    assert training["share_low"] < 0.2 < training["share_high"]
    external = row_of(table, "mri_to_reference", "external")
    assert external[["median_days", "n_after_reference", "n_over_limit"]].tolist() == [-5, 2, 0]
    labs = row_of(table, "labs_to_reference", "training")
    assert labs[["n", "n_after_reference", "median_days"]].tolist() == [1, 1, -1]
    assert list(table.columns) == list(COLUMNS)


def test_the_limit_holds_on_both_sides_and_is_a_setting():
    dates = ["2020-06-11", "2019-12-09", *["2020-03-10"] * 10]
    facts = make_small(reference_date=dates)
    row = row_of(describe_intervals(facts, settings=SETTINGS), "mri_to_reference", "training")
    assert row["n_over_limit"] == 1
    cohort = dataclasses.replace(SETTINGS.cohort, limit_days=90.0)
    wide = describe_intervals(facts, settings=dataclasses.replace(SETTINGS, cohort=cohort))
    assert row_of(wide, "mri_to_reference", "training")["n_over_limit"] == 2


def test_the_patient_s_date_stands_in_for_an_undated_study():
    facts = make_small(reference_date="2020-03-10", mri_date="2020-03-01")
    undated = facts.assign(study_date=pd.NA)
    row = row_of(describe_intervals(undated, settings=SETTINGS), "mri_to_reference", "all")
    assert row["median_days"] == 9
    dated = row_of(describe_intervals(facts, settings=SETTINGS), "mri_to_reference", "all")
    assert (dated["median_days"], dated["n_after_reference"]) == (0, 0)


def test_without_dates_an_interval_is_undefined_with_a_reason():
    table = describe_intervals(make_small(), settings=SETTINGS)
    assert table["n"].eq(0).all()
    assert table["median_days"].isna().all()
    assert table["share_over_limit"].isna().all()
    assert table["reason"].eq("no patient has both dates").all()


def test_included_patients_keep_the_rule_and_excluded_ones_are_shown():
    table = describe_intervals(make_facts(), settings=SETTINGS)
    mri = table[table["interval"] == "mri_to_reference"].set_index("split")
    assert mri.loc["all", "n_over_limit"] == 0
    assert mri.loc["all", "n_patients"] + mri.loc["excluded", "n_patients"] == 1400
    assert mri.loc["all", "n_patients"] == mri.iloc[:4]["n_patients"].sum()
