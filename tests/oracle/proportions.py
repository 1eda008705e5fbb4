"""Intervals of a proportion beside binom and base R."""

from typing import Any

from cirrhosis.statistics.proportions import proportion_interval
from tests.oracle.answers import mirror_limits, read, read_cut
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
        limits = [read(found, "low"), read(found, "high")]
        if name == "agresti_coull":
            limits = [read_cut(found, "low"), read_cut(found, "high")]
        if name == "wald":
            limits = mirror_limits(found)
        answers |= zip((f"{name}_lower", f"{name}_upper"), limits, strict=True)
    return answers
