"""Scores of blood tests. A score is missing where an input is missing or not positive.

Every function takes numbers, arrays or pandas columns of equal length, units in the names.
Several columns must have one index; then a column with that index comes back, else an array.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Values = Any  # a number, an array or a pandas column; scores are vectorised over all three
Score = Any  # the same kind: a pandas column if an input is one, else an array


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
    age, ast, alt, platelets = _read_positive(
        age_years, ast_u_per_l, alt_u_per_l, platelets_e9_per_l
    )
    score = age * ast / (platelets * np.sqrt(alt))
    return _like(score, age_years, ast_u_per_l, alt_u_per_l, platelets_e9_per_l)


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
    ast, limit, platelets = _read_positive(ast_u_per_l, ast_upper_limit_u_per_l, platelets_e9_per_l)
    score = 100 * (ast / limit) / platelets
    return _like(score, ast_u_per_l, ast_upper_limit_u_per_l, platelets_e9_per_l)


def albi(*, total_bilirubin_umol_per_l: Values, albumin_g_per_l: Values) -> Score:
    """Return ALBI = 0.66 * log10(bilirubin) - 0.085 * albumin.

    References:
        Johnson et al. (2015), J Clin Oncol 33(6), 550-558.

    Example:
        >>> float(albi(total_bilirubin_umol_per_l=60, albumin_g_per_l=25))
        -0.9514...
    """
    bilirubin, albumin = _read_positive(total_bilirubin_umol_per_l, albumin_g_per_l)
    score = 0.66 * np.log10(bilirubin) - 0.085 * albumin
    return _like(score, total_bilirubin_umol_per_l, albumin_g_per_l)


def albi_grade(*, total_bilirubin_umol_per_l: Values, albumin_g_per_l: Values) -> Score:
    """Return the ALBI grade: 1 up to -2.60, 2 up to -1.39, else 3; NaN where missing.

    References:
        Johnson et al. (2015), J Clin Oncol 33(6), 550-558.

    Example:
        >>> float(albi_grade(total_bilirubin_umol_per_l=60, albumin_g_per_l=25))
        3.0
    """
    value = np.asarray(
        albi(
            total_bilirubin_umol_per_l=total_bilirubin_umol_per_l,
            albumin_g_per_l=albumin_g_per_l,
        )
    )
    grade = np.where(np.isnan(value), np.nan, 1.0 + (value > -2.60) + (value > -1.39))
    return _like(grade, total_bilirubin_umol_per_l, albumin_g_per_l)


def _read_positive(*columns: Values) -> list[NDArray[np.float64]]:
    """Return floats with NaN for what is missing, zero or negative."""
    numbers = [
        column.to_numpy(dtype=np.float64, na_value=np.nan)
        if isinstance(column, pd.Series)
        else np.asarray(column, dtype=np.float64)
        for column in columns
    ]
    return [np.where(number > 0, number, np.nan) for number in numbers]


def _like(score: NDArray[np.float64], *columns: Values) -> Score:
    indices = [column.index for column in columns if isinstance(column, pd.Series)]
    if not indices:
        return score
    if not all(index.equals(indices[0]) for index in indices):
        raise ValueError(
            "expected columns of one table, but their indices differ;"
            " align them by patient before computing a score"
        )
    return pd.Series(score, index=indices[0])
