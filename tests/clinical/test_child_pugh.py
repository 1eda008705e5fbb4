"""Child-Pugh: limits on both sides, words, and never a point for what is not known."""

import doctest

import numpy as np
import pandas as pd
import pytest

from cirrhosis.clinical import child_pugh as module
from cirrhosis.clinical.child_pugh import (
    ALBUMIN_30,
    CHOLESTATIC,
    ChildPughLimits,
    child_pugh_class,
    child_pugh_points,
)

WELL = {
    "total_bilirubin_umol_per_l": 10.0,
    "albumin_g_per_l": 42.0,
    "inr": 1.0,
    "ascites": "none",
    "encephalopathy": "none",
}


def points(**changes):
    return float(child_pugh_points(**WELL | changes))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("total_bilirubin_umol_per_l", {33.9: 1, 34: 2, 51: 2, 51.3: 2, 52: 3}),
        ("albumin_g_per_l", {35.1: 1, 35: 2, 28: 2, 27.9: 3}),
        ("inr", {1.69: 1, 1.7: 2, 2.3: 2, 2.31: 3}),
        ("ascites", {"none": 1, "mild": 2, "moderate": 3, "Severe ": 3}),
        ("encephalopathy", {"none": 1, "1": 2, "grade II": 2, 2.0: 2, "grade 3": 3, "III-IV": 3}),
    ],
)
def test_points_on_both_sides_of_every_limit(name, values):
    for value, expected in values.items():
        assert points(**{name: value}) == 4 + expected


@pytest.mark.parametrize(("mg_per_dl", "expected"), [(1.9, 1), (2.0, 2), (3.0, 2), (3.1, 3)])
def test_bilirubin_gives_the_same_points_in_both_units(mg_per_dl, expected):
    # 3.0 * 17.1 is 51.300000000000004 in floating point.
    assert points(total_bilirubin_umol_per_l=mg_per_dl * 17.1) == 4 + expected


@pytest.mark.parametrize(("name", "absent"), [*((name, np.nan) for name in WELL), ("ascites", "?")])
def test_what_is_not_known_is_never_a_point(name, absent):
    assert np.isnan(points(**{name: absent}))


def test_variants_move_one_limit_each():
    sick = {"total_bilirubin_umol_per_l": 60.0, "albumin_g_per_l": 29.0}
    assert points(**sick) == 8 + 0
    assert points(**sick, limits=CHOLESTATIC) == 6
    assert points(**sick, limits=ALBUMIN_30) == 9


def test_limits_must_rise():
    with pytest.raises(ValueError, match="two rising limits for inr"):
        ChildPughLimits(inr=(2.3, 1.7))


def test_classes_cover_five_to_fifteen():
    found = child_pugh_class(pd.Series(range(5, 16), dtype="Int64"))
    assert "".join(found) == "AABBBCCCCCC"
    assert child_pugh_class(pd.Series([np.nan])).isna().all()
    assert child_pugh_class(np.array([7.0, np.nan])).tolist() == ["B", ""]


def test_columns_keep_their_index_and_their_gaps():
    patients = pd.DataFrame(
        [WELL, WELL | {"ascites": None}, WELL | {"inr": 2.0, "ascites": "moderate"}],
        index=list("abc"),
    )
    found = child_pugh_points(**patients)
    assert found.to_dict() == pytest.approx({"a": 5, "b": np.nan, "c": 8}, nan_ok=True)


def test_examples_are_true():
    assert doctest.testmod(module).failed == 0
