"""Conversions are exact, there and back is the same, and what cannot be converted is refused."""

import doctest

import numpy as np
import pandas as pd
import pytest

from cirrhosis.clinical import units
from cirrhosis.clinical.unit_registry import REFUSED, UNITS
from cirrhosis.clinical.units import find_factor, plain_unit, to_table_unit
from cirrhosis.contracts.cohort import COUNT_COLUMNS, POSITIVE_COLUMNS


@pytest.mark.parametrize(
    ("convert", "value", "expected"),
    [
        (units.bilirubin_to_umol_per_l, 1.0, 17.1),
        (units.creatinine_to_umol_per_l, 1.0, 88.42),
        (units.albumin_to_g_per_l, 4.0, 40.0),
        (units.platelets_to_e9_per_l, 120.0, 120.0),
    ],
)
def test_one_of_each(convert, value, expected):
    assert convert(value) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("there", "back"),
    [
        (units.bilirubin_to_umol_per_l, units.bilirubin_to_mg_per_dl),
        (units.creatinine_to_umol_per_l, units.creatinine_to_mg_per_dl),
        (units.albumin_to_g_per_l, units.albumin_to_g_per_dl),
    ],
)
def test_there_and_back(there, back):
    assert back(there(3.7)) == pytest.approx(3.7)


# One patient's values as laboratories of different countries print them.
@pytest.mark.parametrize(
    ("column", "expected", "printed"),
    [
        (
            "platelets_e9_per_l",
            150.0,
            {
                "10^9/L": 150,
                "10E9/L": 150,
                "x10*3/uL": 150,
                "K/µL": 150,
                "10⁴/μL": 15,
                "/mm³": 150_000,
                "cells/mcL": 150_000,
                "G/L": 150,
                "lakh/uL": 1.5,
                "10^5/uL": 1.5,
                "10^6/L": 150_000,
                "/L": 150e9,
            },
        ),
        (
            "total_bilirubin_umol_per_l",
            34.2,
            {"mg/dL": 2, "umol/L": 34.2, "µmol/l": 34.2, "mg/L": 20},
        ),
        (
            "albumin_g_per_l",
            35.0,
            {"g/dL": 3.5, "G/L": 35, "mg/dL": 3500, "g %": 3.5, "mg/L": 35_000},
        ),
        (
            "ast_u_per_l",
            60.0,
            {"U/L": 60, "IU/L": 60, "ukat/L": 1, "nkat/L": 1000, "U/dL": 6, "U/mL": 0.06},
        ),
        ("ast_upper_limit_u_per_l", 40.2, {"µkat/L": 0.67}),
        ("inr", 1.2, {"": 1.2, "1": 1.2, "INR": 1.2}),
        ("creatinine_umol_per_l", 88.42, {"mg/dL": 1, "mg%": 1, "mg/L": 10, "mmol/L": 0.08842}),
        ("sodium_mmol_per_l", 137.0, {"mEq/L": 137}),
        ("largest_lesion_cm", 3.5, {"mm": 35, "m": 0.035}),
        ("age_years", 60.0, {"months": 720, "days": 21_915}),
        ("bmi_kg_per_m2", 24.41, {"kg/m²": 24.41, "lb/in^2": 24.41 / 703.0695796}),
        ("field_strength_t", 1.5, {"T": 1.5, "mT": 1500, "G": 15_000}),
        ("stiffness_kpa", 12.5, {"Pa": 12_500}),
    ],
)
def test_every_printed_unit_gives_the_tables_value(column, expected, printed):
    for unit, value in printed.items():
        assert to_table_unit(float(value), column=column, unit=unit) == pytest.approx(expected)


@pytest.mark.parametrize("column", UNITS)
def test_every_column_has_its_own_unit_and_plain_spellings(column):
    assert any(factor == (1, 1) for factor in UNITS[column].values())
    for unit in [*UNITS[column], *REFUSED.get(column, {})]:
        assert plain_unit(unit) == unit


def test_every_measured_column_of_the_contract_has_units():
    assert set(UNITS) == {*POSITIVE_COLUMNS, *COUNT_COLUMNS}


def test_columns_and_arrays_keep_their_kind_their_index_and_their_gaps():
    column = pd.Series([112_132, np.nan], index=["a", "b"])
    found = to_table_unit(column, column="platelets_e9_per_l", unit="/uL")
    pd.testing.assert_series_equal(found, pd.Series([112.132, np.nan], index=["a", "b"]))
    array = to_table_unit(np.array([3.5]), column="albumin_g_per_l", unit="g/dL")
    assert array.tolist() == [35.0]


@pytest.mark.parametrize("unit", ["s", "sec", "seconds", "ratio", "%"])
def test_prothrombin_time_is_not_an_inr(unit):
    with pytest.raises(ValueError, match=r"cannot become inr.*sensitivity index"):
        to_table_unit(12.5, column="inr", unit=unit)


def test_bilirubin_in_millimoles_is_refused_as_a_misprint():
    with pytest.raises(ValueError, match=r"misprint of umol/L"):
        to_table_unit(17.1, column="total_bilirubin_umol_per_l", unit="mmol/L")


def test_a_wave_speed_is_no_stiffness():
    with pytest.raises(ValueError, match="tissue model"):
        find_factor(column="stiffness_kpa", unit="m/s")


def test_unknown_units_and_columns_list_the_known_ones():
    with pytest.raises(ValueError, match=r"albumin_g_per_l among 'g/l', .*found 'stone/pint'"):
        find_factor(column="albumin_g_per_l", unit="stone/pint")
    with pytest.raises(ValueError, match=r"'sex' is none of age_years"):
        find_factor(column="sex", unit="")


def test_examples_are_true():
    assert doctest.testmod(units).failed == 0
