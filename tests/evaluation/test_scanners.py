"""Scanners and parameters: counted per split and centre, absent ones named."""

import dataclasses

import pandas as pd
import pytest

from cirrhosis.evaluation.cohort_settings import ScannerSettings
from cirrhosis.evaluation.scanners import COLUMNS, describe_scanners
from cirrhosis.evaluation.settings import EvaluationSettings
from tests.evaluation.made_facts import make_facts, make_small

SETTINGS = EvaluationSettings()


def row_of(table, **keys):
    """Return the one row that has these cells."""
    for name, value in keys.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


def make_volumes(**columns):
    """Return two sequences of each of the ten included patients and of an excluded one."""
    ids = [f"P{at}" for at in range(11) for _ in range(2)]
    table = {"patient_id": ids, "study_date": "2020-03-10", "sequence": ["t1", "t2"] * 11}
    return pd.DataFrame(table | {"path": "x"} | columns)


def test_field_strength_is_counted_by_split_and_center():
    facts = make_facts()
    table = describe_scanners(facts, settings=SETTINGS)
    rows = facts[(facts["split"] == "external") & (facts["center"] == "2")]
    row = row_of(table, variable="field_strength_t", split="external", center="2", level="3")
    assert row["count"] == (rows["field_strength_t"] == 3).sum()
    assert row["share"] == pytest.approx((rows["field_strength_t"] == 3).mean())
    centers = table[(table["variable"] == "artifact") & (table["level"] == "minor")]
    all_of = centers[(centers["split"] == "all")].set_index("center")["count"]
    assert all_of["all"] == all_of.drop("all").sum()
    assert list(table.columns) == list(COLUMNS)


def test_parameters_of_volumes_are_described_per_sequence():
    echo = [2.0, 80.0] * 11
    echo[0], echo[20] = None, 1000.0  # P0 has none; P10 takes no part
    table = describe_scanners(
        make_small(), settings=SETTINGS, volumes=make_volumes(echo_time_ms=echo, coil="body")
    )
    t1 = row_of(table, variable="echo_time_ms", sequence="t1", split="training", center="all")
    assert t1[["n_rows", "n", "n_missing", "median"]].tolist() == [6, 5, 1, 2]
    t2 = row_of(table, variable="echo_time_ms", sequence="t2", split="all", center="all")
    assert t2[["n", "maximum"]].tolist() == [10, 80]
    # A column that nobody asked for is described as well.
    coil = row_of(table, variable="coil", sequence="t1", split="all", center="2")
    assert coil[["level", "count", "share"]].tolist() == ["body", 2, 1]


def test_parameters_of_the_store_are_described():
    qc = make_volumes(n_liver_slices=range(22)).drop(columns=["study_date", "path"])
    table = describe_scanners(make_small(), settings=SETTINGS, qc=qc)
    row = row_of(table, variable="n_liver_slices", sequence="t2", split="external", center="all")
    assert (row["source"], row["median"]) == ("qc.csv", 18)


def test_shares_are_of_the_known_values():
    facts = make_small(manufacturer=["A", "A", "B", None, None, None] + ["A"] * 6)
    table = describe_scanners(facts, settings=SETTINGS)
    row = row_of(table, variable="manufacturer", split="training", center="all", level="A")
    assert row[["count", "n", "n_missing"]].tolist() == [2, 3, 3]
    assert row["share"] == pytest.approx(2 / 3)


def test_a_level_of_a_patient_who_takes_no_part_is_not_listed():
    models = ["old"] * 20 + ["new"] * 2
    qc = make_volumes(scanner_model=models).drop(columns=["study_date", "path"])
    table = describe_scanners(make_small(), settings=SETTINGS, qc=qc)
    assert set(table.loc[table["variable"] == "scanner_model", "level"]) == {"old"}


def test_columns_that_no_file_has_are_named():
    table = describe_scanners(make_small(artifact="none"), settings=SETTINGS)
    absent = table[table["split"].isna()].set_index("variable")["reason"]
    assert absent["manufacturer"] == "no column 'manufacturer' in patients.csv"
    assert absent["echo_time_ms"] == "no column 'echo_time_ms' in volumes.csv, qc.csv"
    assert "artifact" not in absent


def test_a_split_without_a_level_says_zero_and_without_values_says_why():
    facts = make_small(manufacturer=["A"] * 6 + ["B"] * 2 + [None] * 4)
    table = describe_scanners(facts, settings=SETTINGS)
    keys = {"variable": "manufacturer", "center": "all"}
    assert row_of(table, split="training", level="B", **keys)["count"] == 0
    empty = row_of(table, split="external", **keys)
    assert (empty["n"], empty["reason"]) == (0, "no value is known")


def test_other_columns_can_be_asked_for():
    scanners = ScannerSettings(columns=("coil",), parameters=())
    cohort = dataclasses.replace(SETTINGS.cohort, scanners=scanners)
    table = describe_scanners(
        make_small(coil="body"), settings=dataclasses.replace(SETTINGS, cohort=cohort)
    )
    assert set(table["variable"]) == {"coil"}
