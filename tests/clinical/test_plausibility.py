"""What cannot be true is named with its likely cause, and nothing is changed."""

import doctest

import numpy as np
import pandas as pd
import pytest

from cirrhosis.clinical import plausibility, plausible_limits
from cirrhosis.clinical.plausibility import (
    change_limits,
    find_implausible,
    guess_cause,
    mark_implausible,
    suspect_columns,
)
from cirrhosis.clinical.plausible_limits import LIMITS, guess_unit
from cirrhosis.clinical.unit_registry import UNITS
from cirrhosis.contracts.cohort import COUNT_COLUMNS, POSITIVE_COLUMNS


# The same patient in units that laboratories print: 150 10^9/L, 20 umol/L, 35 g/L, ...
@pytest.mark.parametrize(
    ("column", "value", "cause"),
    [
        ("platelets_e9_per_l", 150_000.0, "looks like /uL"),
        ("platelets_e9_per_l", 4.0, "looks like 10^4/uL"),
        ("total_bilirubin_umol_per_l", 1.2, "looks like mg/dL"),
        ("albumin_g_per_l", 3.5, "looks like g/dL"),
        ("albumin_g_per_l", 3500.0, "looks like mg/dL"),
        ("ast_u_per_l", 0.7, "looks like ukat/L"),
        ("inr", 12.5, "looks like a prothrombin time in seconds"),
        ("inr", 85.0, "looks like a prothrombin activity in percent"),
        ("creatinine_umol_per_l", 0.9, "looks like mg/dL"),
        ("creatinine_umol_per_l", 0.08, "looks like mmol/L"),
        ("largest_lesion_cm", 38.0, "looks like mm"),
        ("field_strength_t", 15_000.0, "looks like G"),
        ("age_years", 720.0, "looks like months"),
        ("age_years", 21_915.0, "looks like days"),
        ("sodium_mmol_per_l", 14.0, "no known unit explains it"),
    ],
)
def test_a_value_in_another_unit_is_found_and_its_unit_guessed(column, value, cause):
    found = find_implausible(pd.DataFrame({"patient_id": ["A"], column: [value]}))
    assert found.loc[0, ["patient_id", "column", "value"]].tolist() == ["A", column, value]
    assert found.loc[0, "likely_cause"].startswith(cause)
    assert (found.loc[0, "low"], found.loc[0, "high"]) == LIMITS[column][:2]


def test_limits_themselves_are_believed_and_gaps_are_not_judged():
    values = [*LIMITS["inr"][:2], np.nan, 0.59, 8.01]
    patients = pd.DataFrame({"inr": values}, index=list("abcde"))
    assert find_implausible(patients)["patient_id"].tolist() == ["d", "e"]
    marked = mark_implausible(patients)
    assert marked["inr"].isna().tolist() == [False, False, True, True, True]
    assert patients["inr"].isna().sum() == 1


def test_every_measured_column_has_limits_around_what_is_usual():
    assert set(LIMITS) == {*POSITIVE_COLUMNS, *COUNT_COLUMNS} == set(UNITS)
    for limits in LIMITS.values():
        assert limits.low <= limits.usual_low < limits.usual_high <= limits.high
        assert limits.rationale


def test_limits_can_be_widened():
    patients = pd.DataFrame({"patient_id": ["A"], "platelets_e9_per_l": [2000.0]})
    assert len(find_implausible(patients)) == 1
    assert find_implausible(patients, change_limits({"platelets_e9_per_l": [2, 3000]})).empty


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shoe_size": [1, 2]}, "limits among age_years.*found 'shoe_size'"),
        ({"inr": [2, 1]}, "a low and a higher limit for inr"),
        ({"inr": [2]}, "a low and a higher limit for inr"),
    ],
)
def test_wrong_limits_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        change_limits(changes)


def test_a_table_without_measurements_has_nothing_implausible():
    found = find_implausible(pd.DataFrame({"patient_id": ["A"]}))
    assert found.empty
    assert list(found.columns) == list(plausibility.COLUMNS)


def test_a_column_in_another_unit_throughout_is_suspected():
    rng = np.random.default_rng(1)
    bilirubin = rng.lognormal(np.log(20), 0.5, 100)
    right = pd.DataFrame({"total_bilirubin_umol_per_l": bilirubin, "inr": 1.1})
    wrong = right.assign(total_bilirubin_umol_per_l=bilirubin / 17.1)
    assert suspect_columns(right).empty
    found = suspect_columns(wrong)
    assert found["column"].tolist() == ["total_bilirubin_umol_per_l"]
    assert found["likely_cause"].tolist() == ["looks like mg/dL"]
    assert suspect_columns(wrong.iloc[:9]).empty


def test_a_right_column_is_not_blamed():
    assert guess_unit("platelets_e9_per_l", 150.0) is None
    assert guess_cause("sodium_mmol_per_l", 99.0) == "no known unit explains it; check the source"


@pytest.mark.parametrize("module", [plausibility, plausible_limits], ids=lambda one: one.__name__)
def test_examples_are_true(module):
    assert doctest.testmod(module).failed == 0
