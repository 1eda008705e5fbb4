"""MELD and its successors: worked patients, clamps, and errors that public calculators make."""

import doctest
from math import log, log10

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cirrhosis.clinical import meld as module
from cirrhosis.clinical.meld import meld, meld_3, meld_3_unrounded, meld_na, meld_unrounded

MG_BILIRUBIN, MG_CREATININE = 17.1, 88.42


def in_table_units(bilirubin=None, creatinine=None, albumin=None, **others):
    """A patient in mg/dL and g/dL, as the formulas are printed, in the units of the tables."""
    converted = {
        "total_bilirubin_umol_per_l": bilirubin and bilirubin * MG_BILIRUBIN,
        "creatinine_umol_per_l": creatinine and creatinine * MG_CREATININE,
        "albumin_g_per_l": albumin and albumin * 10,
    }
    return {name: value for name, value in converted.items() if value is not None} | others


SICK = in_table_units(3.0, 1.5, 2.8, inr=1.6, sodium_mmol_per_l=130)


def test_meld_of_a_worked_patient():
    patient = in_table_units(1.9, 1.3, inr=1.2)
    assert meld_unrounded(**patient) == pytest.approx(13.409, abs=5e-4)
    assert meld(**patient) == 13


@pytest.mark.parametrize(("is_female", "value", "whole"), [(1, 25.799, 26), (0, 24.469, 24)])
def test_meld_3_of_worked_patients(is_female, value, whole):
    assert meld_3_unrounded(**SICK, is_female=is_female) == pytest.approx(value, abs=5e-4)
    assert meld_3(**SICK, is_female=is_female) == whole


def test_meld_na_by_hand():
    # MELD = 3.78 ln 3 + 11.2 ln 1.6 + 9.57 ln 1.5 + 6.43 = 19.73 -> 20; seven mmol/L are
    # lacking, so 20 + 1.32 * 7 - 0.033 * 20 * 7 = 24.62 -> 25.
    patient = {name: value for name, value in SICK.items() if name != "albumin_g_per_l"}
    assert meld_na(**patient) == 25


def test_natural_logarithms_are_used():
    # A public calculator prints 14 for this patient, with logarithms to base 10.
    patient = in_table_units(2.8, 1.25, inr=1.6)
    by_base_10 = 3.78 * log10(2.8) + 11.2 * log10(1.6) + 9.57 * log10(1.25) + 6.43
    assert meld_unrounded(**patient) == pytest.approx(17.72, abs=5e-3)
    assert meld(**patient) == 18
    assert abs(float(meld_unrounded(**patient)) - by_base_10) > 6


def test_bilirubin_and_inr_are_taken_as_logarithms():
    # Another calculator multiplies bilirubin and INR themselves.
    patient = in_table_units(1.9, 1.3, inr=1.2)
    without_logarithms = 3.78 * 1.9 + 11.2 * 1.2 + 9.57 * log(1.3) + 6.43
    assert abs(float(meld_unrounded(**patient)) - without_logarithms) > 15


def test_wrong_forms_of_meld_3_give_other_numbers():
    lack, short = 137 - 130, 3.5 - 2.8
    first = 1.33 + 4.56 * log(3) + 0.82 * lack - 0.24 * lack * log(3)
    middle = 9.09 * log(1.6) + 11.14 * log(1.5) + 1.85 * short
    right = first + middle - 1.83 * short * log(1.5) + 6
    wrong = {
        "ln(INR) in the last term": first + middle - 1.83 * short * log(1.6) + 6,
        "sex squared": right - 1.33 + 1.33**2,
        "sodium as ln(140 - Na)": right - (0.82 - 0.24 * log(3)) * (lack - log(140 - 130)),
    }
    found = float(meld_3_unrounded(**SICK, is_female=1))
    assert found == pytest.approx(right, abs=1e-9)
    for value in wrong.values():
        assert abs(found - value) > 0.05


def test_albumin_is_floored_at_one_and_a_half():
    # A public calculator floors it at 1.0.
    at = [
        float(meld_3_unrounded(**SICK | {"albumin_g_per_l": albumin}, is_female=0))
        for albumin in (10, 15, 16, 35, 40)
    ]
    assert at[0] == at[1] > at[2]
    assert at[3] == at[4]


@pytest.mark.parametrize(
    ("changes", "same_as"),
    [
        ({"total_bilirubin_umol_per_l": 5}, {"total_bilirubin_umol_per_l": 17.1}),
        ({"inr": 0.8}, {"inr": 1.0}),
        ({"creatinine_umol_per_l": 50}, {"creatinine_umol_per_l": 88.42}),
        ({"sodium_mmol_per_l": 145}, {"sodium_mmol_per_l": 137}),
        ({"sodium_mmol_per_l": 110}, {"sodium_mmol_per_l": 125}),
        ({"creatinine_umol_per_l": 900}, {"creatinine_umol_per_l": 3.0 * 88.42}),
    ],
)
def test_meld_3_ends_at_its_floors_and_caps(changes, same_as):
    found, expected = (
        meld_3_unrounded(**SICK | change, is_female=1) for change in (changes, same_as)
    )
    assert float(found) == pytest.approx(float(expected))


def test_creatinine_caps_differ_between_meld_and_meld_3():
    four, five = (in_table_units(2.0, value, inr=1.5) for value in (4.0, 5.0))
    assert meld_unrounded(**four) == pytest.approx(float(meld_unrounded(**five)))
    three = in_table_units(2.0, 3.0, inr=1.5)
    assert float(meld_unrounded(**three)) < float(meld_unrounded(**four))


def test_dialysis_sets_creatinine_to_its_cap():
    healthy_kidney = in_table_units(2.0, 0.8, inr=1.5)
    capped = in_table_units(2.0, 4.0, inr=1.5)
    assert meld(**healthy_kidney, dialysis=1) == meld(**capped)
    assert np.isnan(
        meld(total_bilirubin_umol_per_l=20, inr=1, creatinine_umol_per_l=np.nan, dialysis=1)
    )


def test_sodium_counts_from_twelve_on():
    eleven = in_table_units(1.5, 1.2, inr=1.1)
    assert meld(**eleven) == 11
    assert meld_na(**eleven, sodium_mmol_per_l=125) == 11
    twelve = in_table_units(1.5, 1.2, inr=1.18)
    assert meld(**twelve) == 12
    assert meld_na(**twelve, sodium_mmol_per_l=125) == round(12 + 1.32 * 12 - 0.033 * 12 * 12)


def test_scores_lie_between_six_and_forty():
    well = in_table_units(0.5, 0.5, 4.5, inr=0.9, sodium_mmol_per_l=140)
    dying = in_table_units(50, 8, 1.0, inr=15, sodium_mmol_per_l=110)
    for patient, expected in ((well, 6), (dying, 40)):
        basic = {name: value for name, value in patient.items() if name != "albumin_g_per_l"}
        assert meld_na(**basic) == expected
        assert meld_3(**patient, is_female=0) == expected


@pytest.mark.parametrize("name", [*SICK, "is_female"])
def test_a_missing_input_leaves_the_score_missing(name):
    assert np.isnan(meld_3(**SICK | {"is_female": 1} | {name: np.nan}))


def test_columns_keep_their_index():
    patients = pd.DataFrame([SICK, SICK | {"inr": 0}], index=["a", "b"])
    found = meld_3(**patients, is_female=pd.Series([1.0, 0.0], index=["a", "b"]))
    assert found.to_dict() == pytest.approx({"a": 26, "b": np.nan}, nan_ok=True)


@given(st.floats(5, 800), st.floats(0.8, 8), st.floats(30, 900), st.floats(110, 150))
def test_worse_values_never_lower_meld(bilirubin, inr, creatinine, sodium):
    patient = {
        "total_bilirubin_umol_per_l": bilirubin,
        "inr": inr,
        "creatinine_umol_per_l": creatinine,
    }
    before, before_na = meld(**patient), meld_na(**patient, sodium_mmol_per_l=sodium)
    assert before_na >= before or before == 40
    for name in patient:
        worse = patient | {name: patient[name] * 1.3}
        assert meld(**worse) >= before
    assert meld_na(**patient, sodium_mmol_per_l=sodium - 5) >= before_na


def test_examples_are_true():
    assert doctest.testmod(module).failed == 0
