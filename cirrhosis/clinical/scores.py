"""Scores of blood tests. A score is missing where an input is missing or not positive.

Every function takes numbers, arrays or pandas columns of equal length, units in the names.
Several columns must have one index; then a column with that index comes back, else an array.
`cirrhosis.clinical.score_table` says why a score is missing.
"""

import numpy as np

from cirrhosis.clinical.score_inputs import (
    Score,
    Values,
    like_inputs,
    read_flags,
    read_numbers,
    read_positive,
)
from cirrhosis.clinical.units import albumin_to_g_per_dl


def fib4(
    *, age_years: Values, ast_u_per_l: Values, alt_u_per_l: Values, platelets_e9_per_l: Values
) -> Score:
    """Return FIB-4 = age * AST / (platelets * sqrt(ALT)).

    Its published cut-offs are for advanced fibrosis (Ishak 4-6), not for cirrhosis.

    References:
        Sterling et al. (2006), Hepatology 43(6), 1317-1325.

    Example:
        >>> float(fib4(age_years=54, ast_u_per_l=40, alt_u_per_l=35, platelets_e9_per_l=120))
        3.0425...
    """
    age, ast, alt, platelets = read_positive(
        age_years, ast_u_per_l, alt_u_per_l, platelets_e9_per_l
    )
    score = age * ast / (platelets * np.sqrt(alt))
    return like_inputs(score, age_years, ast_u_per_l, alt_u_per_l, platelets_e9_per_l)


def apri(
    *, ast_u_per_l: Values, ast_upper_limit_u_per_l: Values, platelets_e9_per_l: Values
) -> Score:
    """Return APRI = 100 * (AST / upper limit of normal AST) / platelets.

    The upper limit belongs to the laboratory and has no default: cut-offs of studies with
    another limit do not carry over.

    References:
        Wai et al. (2003), Hepatology 38(2), 518-526.

    Example:
        >>> float(apri(ast_u_per_l=80, ast_upper_limit_u_per_l=40, platelets_e9_per_l=90))
        2.2222...
    """
    ast, limit, platelets = read_positive(ast_u_per_l, ast_upper_limit_u_per_l, platelets_e9_per_l)
    score = 100 * (ast / limit) / platelets
    return like_inputs(score, ast_u_per_l, ast_upper_limit_u_per_l, platelets_e9_per_l)


def albi(*, total_bilirubin_umol_per_l: Values, albumin_g_per_l: Values) -> Score:
    """Return ALBI = 0.66 * log10(bilirubin) - 0.085 * albumin.

    References:
        Johnson et al. (2015), J Clin Oncol 33(6), 550-558.

    Example:
        >>> float(albi(total_bilirubin_umol_per_l=60, albumin_g_per_l=25))
        -0.9514...
    """
    bilirubin, albumin = read_positive(total_bilirubin_umol_per_l, albumin_g_per_l)
    score = 0.66 * np.log10(bilirubin) - 0.085 * albumin
    return like_inputs(score, total_bilirubin_umol_per_l, albumin_g_per_l)


def albi_grade(*, total_bilirubin_umol_per_l: Values, albumin_g_per_l: Values) -> Score:
    """Return the ALBI grade: 1 up to -2.60, 2 up to -1.39, else 3; NaN where missing.

    References:
        Johnson et al. (2015), J Clin Oncol 33(6), 550-558.

    Example:
        >>> float(albi_grade(total_bilirubin_umol_per_l=60, albumin_g_per_l=25))
        3.0
    """
    (value,) = read_numbers(
        albi(
            total_bilirubin_umol_per_l=total_bilirubin_umol_per_l,
            albumin_g_per_l=albumin_g_per_l,
        )
    )
    grade = np.where(np.isnan(value), np.nan, 1.0 + (value > -2.60) + (value > -1.39))
    return like_inputs(grade, total_bilirubin_umol_per_l, albumin_g_per_l)


def nafld_fibrosis_score(
    *,
    age_years: Values,
    bmi_kg_per_m2: Values,
    diabetes: Values,
    ast_u_per_l: Values,
    alt_u_per_l: Values,
    platelets_e9_per_l: Values,
    albumin_g_per_l: Values,
) -> Score:
    """Return the NAFLD fibrosis score (NFS).

    -1.675 + 0.037 age + 0.094 BMI + 1.13 diabetes + 0.99 AST / ALT - 0.013 platelets
    - 0.66 albumin, albumin in g/dL. It was made for fatty liver disease; in other diseases
    it is a number without evidence.

    Args:
        age_years: Age.
        bmi_kg_per_m2: Body mass index.
        diabetes: 1 for diabetes or impaired fasting glucose, else 0; missing stays missing.
        ast_u_per_l: AST.
        alt_u_per_l: ALT.
        platelets_e9_per_l: Platelets.
        albumin_g_per_l: Albumin in g/L, as in the tables.

    References:
        Angulo et al. (2007), Hepatology 45(4), 846-854.

    Example:
        >>> patient = {"age_years": 60, "bmi_kg_per_m2": 30, "diabetes": 1, "albumin_g_per_l": 32}
        >>> labs = {"ast_u_per_l": 80, "alt_u_per_l": 50, "platelets_e9_per_l": 90}
        >>> round(float(nafld_fibrosis_score(**patient, **labs)), 4)
        2.797
    """
    positive = (
        age_years,
        bmi_kg_per_m2,
        ast_u_per_l,
        alt_u_per_l,
        platelets_e9_per_l,
        albumin_g_per_l,
    )
    age, bmi, ast, alt, platelets, albumin = read_positive(*positive)
    (has_diabetes,) = read_flags(diabetes)
    score = (
        -1.675
        + 0.037 * age
        + 0.094 * bmi
        + 1.13 * has_diabetes
        + 0.99 * ast / alt
        - 0.013 * platelets
        - 0.66 * albumin_to_g_per_dl(albumin)
    )
    return like_inputs(score, *positive, diabetes)
