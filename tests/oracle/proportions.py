"""Intervals of a proportion beside binom and base R."""

from typing import Any

from cirrhosis.statistics.proportions import proportion_interval
from tests.oracle.answers import read_cut
from tests.oracle.cases import Case

METHODS = {
    "wilson": "wilson",
    "prop_test": "wilson",
    "cp": "clopper_pearson",
    "agresti_coull": "agresti_coull",
    "jeffreys": "jeffreys",
    "wald": "wald",
}


def meet_intervals(case: Case, number: str) -> dict[str, Any]:
    """Meet all intervals of one row."""
    row = case.expected[number]
    answers: dict[str, Any] = {}
    for name, method in METHODS.items():
        found = proportion_interval(row["x"], row["n"], method=method)
        answers[f"{name}_lower"] = read_cut(found, "low")
        answers[f"{name}_upper"] = read_cut(found, "high")
    return answers
