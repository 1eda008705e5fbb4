"""Tests of baseline characteristics beside base R."""

from typing import Any

import numpy as np
import pandas as pd

from cirrhosis.evaluation.column_summary import summarise_numbers
from cirrhosis.statistics.group_tests import (
    chi_square_or_fisher,
    mann_whitney,
    standardised_difference,
)
from tests.oracle.answers import LeftOut, Ours, by_convention, read
from tests.oracle.cases import Case
from tests.oracle.factors import spell

NOT_TRIED = LeftOut("R's script leaves the exact test out here, though it exists")


def meet_variable(case: Case, variable: str) -> dict[str, Any]:
    """Meet what R says about one column besides the test of ranks."""
    missing = {"missing": int(case.data[variable].isna().sum())}
    if case.expected[variable]["type"] == "categorical":
        return missing | meet_counts(case, variable)
    parts = {"overall": case.data[variable].dropna()}
    parts |= {f"group{group}": _values(case, variable, group) for group in (0, 1)}
    numbers = {name: describe_numbers(values) for name, values in parts.items()}
    return missing | numbers | compare_means(case, variable)


def describe_numbers(values: pd.Series) -> dict[str, Any]:
    """Meet what Table 1 says about a number."""
    found = summarise_numbers(values)
    too_few = f"{len(values)} values"
    names = {"min": "minimum", "max": "maximum"}
    keys = ("mean", "sd", "median", "q1", "q3", "min", "max")
    answers = {key: found[names.get(key, key)] for key in keys}
    return {"n": len(values)} | {
        key: Ours(value, too_few if value is None else None) for key, value in answers.items()
    }


def meet_ranks(case: Case, variable: str) -> dict[str, Any]:
    """Meet Mann and Whitney's tests in R's four ways."""
    rows = case.data[["group", variable]].dropna()
    default, exact, corrected, plain = (
        mann_whitney(rows["group"], rows[variable], method=name)
        for name in ("auto", "exact", "asymptotic", "asymptotic_uncorrected")
    )
    answer = case.expected[variable]["mann_whitney"].get("p_exact")
    is_tried = answer is not None or exact.p_value is None
    words = {
        "mann_whitney_exact": "Wilcoxon rank sum exact test",
        "mann_whitney_asymptotic": "Wilcoxon rank sum test with continuity correction",
    }
    return {
        "U_group0": read(default, "statistic", rel=1e-12),
        "has_ties": bool(rows[variable].duplicated().any()),
        "p_r_default": read(default, "p_value"),
        "r_default_method": words[default.method],
        "p_exact": read(exact, "p_value") if is_tried else NOT_TRIED,
        "p_normal_continuity": read(corrected, "p_value"),
        "p_normal_no_continuity": read(plain, "p_value"),
    }


def compare_means(case: Case, variable: str) -> dict[str, Any]:
    """Meet the standardised difference, group 1 minus group 0."""
    groups = [_values(case, variable, group) for group in (1, 0)]
    return {"smd_pooled_sd": read(standardised_difference(*groups), "value")}


def meet_counts(case: Case, variable: str) -> dict[str, Any]:
    """Meet the tests of a table of counts, and the counts themselves."""
    levels = case.expected[variable].get("levels", [])
    table = _tabulate(case.data[["group", variable]], levels)
    plain, yates, exact = (
        chi_square_or_fisher(table, method=name, rng=np.random.default_rng(1))
        for name in ("chi_square", "chi_square_yates", "fisher")
    )
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / max(table.sum(), 1)
    few = expected < 5
    return {
        "counts_group0": table[0].tolist(),
        "counts_group1": table[1].tolist(),
        "chisq_no_correction": {
            "stat": by_convention(plain, "statistic"),
            "df": read(plain, "degrees_of_freedom"),
            "p": by_convention(plain, "p_value"),
        },
        "chisq_yates_2x2_only": {
            "stat": by_convention(yates, "statistic"),
            "p": by_convention(yates, "p_value"),
        },
        "min_expected": float(expected.min()),
        "n_cells_expected_below_5": int(few.sum()),
        "share_cells_expected_below_5": float(few.mean()),
        "fisher_p": read(exact, "p_value"),
    }


def _values(case: Case, variable: str, group: int) -> pd.Series:
    return case.data.loc[case.data["group"] == group, variable].dropna()


def _tabulate(data: pd.DataFrame, levels: list[Any]) -> np.ndarray:
    words = data[data.columns[1]].map(spell, na_action="ignore")
    return np.array(
        [
            [int(((data["group"] == group) & (words == str(level))).sum()) for level in levels]
            for group in (0, 1)
        ]
    )
