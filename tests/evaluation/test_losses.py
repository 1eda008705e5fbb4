"""Losses: each stage counted by hand, shares of the right population, classes and centres."""

import pandas as pd
import pytest
from scipy.stats import fisher_exact

from cirrhosis.contracts.errors import ContractError
from cirrhosis.evaluation.losses import COLUMNS, describe_losses
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.proportions import proportion_interval
from tests.evaluation.made_facts import make_cohort, make_facts, make_labels, make_small

SETTINGS = EvaluationSettings()


def count(table, stage, reason="any", of_class="all", center="all"):
    """Return (lost, of how many) of one cell."""
    keys = [table["stage"] == stage, table["reason"] == reason]
    keys += [table["class"] == of_class, table["center"] == center]
    rows = table[pd.concat(keys, axis=1).all(axis=1)]
    assert len(rows) == 1
    return int(rows["n_lost"].iloc[0]), int(rows["n"].iloc[0])


@pytest.fixture
def facts():
    inr = [None, 1, 1, 1, 1, 1, 1, 1, 1, None, None, None]
    albumin = [None, 40, 40, None, 40, 40, 40, 40, 40, 40, 40, 40]
    return make_small(inr=inr, albumin_g_per_l=albumin)


def test_missing_labs_are_counted_by_hand(facts):
    table = describe_losses(facts, settings=SETTINGS, predictors=["inr", "albumin_g_per_l"])
    # P0 (negative) lacks both, P3 (positive) albumin, P9 (positive, centre 2) INR.
    assert count(table, "labs", "no inr") == (2, 10)
    assert count(table, "labs", "no albumin_g_per_l") == (2, 10)
    assert count(table, "labs") == (3, 10)
    assert count(table, "labs", of_class="positive") == (2, 5)
    assert count(table, "labs", of_class="positive", center="2") == (1, 1)
    assert count(table, "labs", of_class="negative", center="2") == (0, 1)
    assert list(table.columns) == list(COLUMNS)


def test_a_predictor_without_column_is_missing_for_everybody(facts):
    table = describe_losses(facts, settings=SETTINGS, predictors=["ggt_u_per_l"])
    assert count(table, "labs", "no ggt_u_per_l") == (10, 10)


def test_exclusions_are_shares_of_the_whole_table(facts):
    table = describe_losses(facts, settings=SETTINGS)
    assert count(table, "exclusion") == (2, 12)
    assert count(table, "exclusion", "under age") == (1, 12)
    assert count(table, "exclusion", of_class="unknown") == (2, 2)
    labels = pd.Series([0, 1] * 6, index=facts.index)
    known = describe_losses(facts, settings=SETTINGS, labels=labels)
    assert count(known, "exclusion", "under age", of_class="negative") == (1, 6)
    assert count(known, "exclusion", "under age", of_class="positive") == (0, 6)
    assert set(known.loc[known["stage"] == "exclusion", "population"]) == {
        "patients of patients.csv"
    }


def test_failures_are_counted_by_their_stage(facts):
    failures = pd.DataFrame(
        {"patient_id": ["P1", "P2", "P9"], "stage": ["liver", "read", "read"], "reason": "text"}
    )
    table = describe_losses(facts, settings=SETTINGS, failures=failures)
    assert count(table, "preparation", "read") == (2, 10)
    assert count(table, "preparation", "read", center="2") == (1, 2)
    assert count(table, "preparation") == (3, 10)
    with pytest.raises(ContractError, match="1 take no part: 'P11'"):
        describe_losses(
            facts, settings=SETTINGS, failures=failures.replace({"patient_id": {"P9": "P11"}})
        )


def test_sequences_are_looked_for_in_the_chosen_study(facts):
    rows = [(f"P{at}", "2020-03-10", name) for at in range(12) for name in ("t1", "t2")]
    rows.remove(("P4", "2020-03-10", "t2"))
    # P5 has t1 in another study only; P6 has an undated study, its only one.
    rows.remove(("P5", "2020-03-10", "t1"))
    rows.append(("P5", "2019-01-01", "t1"))
    rows = [(one, None if one == "P6" else date, name) for one, date, name in rows]
    volumes = pd.DataFrame(rows, columns=["patient_id", "study_date", "sequence"])
    table = describe_losses(facts, settings=SETTINGS, volumes=volumes)
    assert count(table, "sequence", "no t1") == (1, 10)
    assert count(table, "sequence", "no t2") == (1, 10)
    assert count(table, "sequence") == (2, 10)


def test_shares_have_the_interval_that_the_settings_name(facts):
    table = describe_losses(facts, settings=SETTINGS, predictors=["inr"])
    row = table[(table["stage"] == "labs") & (table["reason"] == "any")].iloc[0]
    expected = proportion_interval(2, 10, method="wilson")
    assert (row["share"], row["share_low"], row["share_high"]) == pytest.approx(
        (0.2, expected.low, expected.high)
    )
    assert row["method"] == "wilson"


def test_every_patient_stands_in_one_class_and_one_center():
    volumes = make_cohort().volumes
    table = describe_losses(make_facts(), settings=SETTINGS, volumes=volumes, labels=make_labels())
    for _, rows in table.groupby(["stage", "reason"]):
        whole = rows[(rows["class"] == "all") & (rows["center"] == "all")].iloc[0]
        inner = rows[(rows["class"] != "all") & (rows["center"] != "all")]
        assert inner["n_lost"].sum() == whole["n_lost"]
        assert inner["n"].sum() == whole["n"]


def test_classes_are_tested_for_losing_alike():
    facts, labels = make_facts(), make_labels()
    table = describe_losses(facts, settings=SETTINGS, labels=labels)
    row = table[(table["stage"] == "exclusion") & (table["reason"] == "any")].iloc[0]
    lost = facts["excluded_for"].notna()
    counts = pd.crosstab(labels[facts.index], lost).to_numpy()
    assert row["class_test"] in ("chi_square", "fisher_exact")
    if row["class_test"] == "fisher_exact":
        assert row["class_p_value"] == pytest.approx(fisher_exact(counts).pvalue)
    assert 0 < row["class_p_value"] < 1
    assert 0 < row["center_p_value"] < 1
    assert table.loc[table["class"] != "all", "class_p_value"].isna().all()


def test_patients_of_unknown_class_are_nothing_to_compare_with(facts):
    table = describe_losses(facts, settings=SETTINGS)
    row = table[(table["stage"] == "exclusion") & (table["reason"] == "any")].iloc[0]
    # Only patients of unknown class were excluded: among known ones nobody was lost.
    assert pd.isna(row["class_p_value"])
    assert row["center_p_value"] == pytest.approx(fisher_exact([[8, 0], [2, 2]]).pvalue)


def test_an_undated_volume_belongs_to_nobody_s_chosen_study_beside_dated_ones(facts):
    rows = [(f"P{at}", "2020-03-10", "t2") for at in range(12)]
    rows += [(f"P{at}", "2020-03-10", "t1") for at in range(12) if at != 7]
    rows.append(("P7", None, "t1"))
    volumes = pd.DataFrame(rows, columns=["patient_id", "study_date", "sequence"])
    table = describe_losses(facts, settings=SETTINGS, volumes=volumes)
    assert count(table, "sequence", "no t1") == (1, 10)


def test_a_cohort_without_centers_has_one(facts):
    table = describe_losses(facts.drop(columns="center"), settings=SETTINGS)
    assert set(table["center"]) == {"all", "unknown"}
    assert table[["center_p_value", "center_test"]].isna().all(axis=None)


def test_a_cohort_without_volumes_misses_no_sequence(facts):
    volumes = pd.DataFrame(columns=["patient_id", "study_date", "sequence", "path"])
    table = describe_losses(facts, settings=SETTINGS, volumes=volumes)
    assert "sequence" not in set(table["stage"])
