"""Conversions are exact, and there and back is the same."""

import pytest

from cirrhosis.clinical import units


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
