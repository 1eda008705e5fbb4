"""Scores against worked vectors, and where they are missing."""

import doctest

import numpy as np
import pandas as pd
import pytest

from cirrhosis.clinical import fibrosis, scores
from cirrhosis.clinical.scores import albi, albi_grade, apri, fib4, nafld_fibrosis_score


@pytest.mark.parametrize(
    ("age", "ast", "alt", "platelets", "expected"),
    [(54, 40, 35, 120, 3.0426), (60, 80, 50, 90, 7.5425)],
)
def test_fib4_of_worked_patients(age, ast, alt, platelets, expected):
    found = fib4(age_years=age, ast_u_per_l=ast, alt_u_per_l=alt, platelets_e9_per_l=platelets)
    assert found == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("ast", "platelets", "expected"), [(40, 120, 0.8333), (80, 90, 2.2222)])
def test_apri_of_worked_patients(ast, platelets, expected):
    found = apri(ast_u_per_l=ast, ast_upper_limit_u_per_l=40, platelets_e9_per_l=platelets)
    assert found == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("bilirubin", "albumin", "expected", "grade"),
    [(17.1, 40, -2.5862, 2), (35, 32, -1.7009, 2), (60, 25, -0.9514, 3), (10, 45, -3.165, 1)],
)
def test_albi_and_its_grade_of_worked_patients(bilirubin, albumin, expected, grade):
    values = {"total_bilirubin_umol_per_l": bilirubin, "albumin_g_per_l": albumin}
    assert albi(**values) == pytest.approx(expected, abs=5e-5)
    assert albi_grade(**values) == grade


def test_columns_keep_their_index_and_their_gaps():
    table = pd.DataFrame(
        {
            "ast": [40.0, np.nan, 40, 0, -3],
            "platelets": pd.array([120, 90, None, 80, 80], dtype="Float64"),
        },
        index=list("abcde"),
    )
    found = apri(
        ast_u_per_l=table["ast"],
        ast_upper_limit_u_per_l=40,
        platelets_e9_per_l=table["platelets"],
    )
    assert list(found.index) == list("abcde")
    assert list(found.isna()) == [False, True, True, True, True]
    grade = albi_grade(total_bilirubin_umol_per_l=table["ast"], albumin_g_per_l=table["ast"])
    assert list(grade.isna()) == [False, True, False, True, True]


def test_the_upper_limit_has_no_default():
    with pytest.raises(TypeError, match="ast_upper_limit_u_per_l"):
        apri(ast_u_per_l=40, platelets_e9_per_l=120)


def test_columns_of_different_tables_are_refused():
    first, second = pd.Series([1.0, 2.0]), pd.Series([1.0, 2.0], index=[5, 6])
    with pytest.raises(ValueError, match="indices differ"):
        albi(total_bilirubin_umol_per_l=first, albumin_g_per_l=second)


@pytest.mark.parametrize("module", [scores, fibrosis], ids=lambda module: module.__name__)
def test_examples_are_true(module):
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0


@pytest.mark.parametrize(
    ("age", "bmi", "diabetes", "labs", "expected"),
    [
        (54, 24, 0, (40, 35, 120, 40), -0.4896),
        (60, 30, 1, (80, 50, 90, 32), 2.7970),
    ],
)
def test_nafld_fibrosis_score_of_worked_patients(age, bmi, diabetes, labs, expected):
    ast, alt, platelets, albumin = labs
    found = nafld_fibrosis_score(
        age_years=age,
        bmi_kg_per_m2=bmi,
        diabetes=diabetes,
        ast_u_per_l=ast,
        alt_u_per_l=alt,
        platelets_e9_per_l=platelets,
        albumin_g_per_l=albumin,
    )
    assert found == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("diabetes", [np.nan, 2])
def test_unknown_diabetes_is_not_no_diabetes(diabetes):
    patient = {"age_years": 54, "bmi_kg_per_m2": 24, "albumin_g_per_l": 40}
    labs = {"ast_u_per_l": 40, "alt_u_per_l": 35, "platelets_e9_per_l": 120}
    assert np.isnan(nafld_fibrosis_score(**patient, **labs, diabetes=diabetes))


@pytest.mark.parametrize(
    ("value", "expected"), [(-2.61, 1), (-2.60, 1), (-2.59, 2), (-1.39, 2), (-1.38, 3)]
)
def test_albi_grades_end_where_they_are_printed(value, expected):
    # A public table prints grade 3 as "up to -1.39"; bilirubin 1 leaves albumin alone.
    grade = albi_grade(total_bilirubin_umol_per_l=1.0, albumin_g_per_l=-value / 0.085)
    assert grade == expected


def test_infinite_values_give_no_score():
    assert np.isnan(albi(total_bilirubin_umol_per_l=np.inf, albumin_g_per_l=40))
