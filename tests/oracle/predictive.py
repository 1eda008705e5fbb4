"""Tests of two predictive values beside DTComPair, testCompareR and R's hand formula."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cirrhosis.statistics.estimates import Comparison, normal_quantile
from cirrhosis.statistics.paired import compare_predictive_values
from cirrhosis.statistics.paired_calls import NO_VARIANCE, PairedCalls
from tests.oracle.answers import LeftOut, Ours, by_convention, read
from tests.oracle.calls import MEASURES, read_calls
from tests.oracle.cases import Case

METHODS = {
    "dtcompair_pv_wgs": "weighted_generalized_score",
    "dtcompair_pv_gs": "generalized_score",
    "dtcompair_pv_rpv": "relative",
}
# R computes 1 - pchisq(): its absolute accuracy is that of numbers near 1.
TAIL = {"abs": 1e-14}
NO_SCORE = "R's variance under the null hypothesis is 0 or undefined"
# Below this a difference is rounding, and a quotient with it says nothing.
NO_DIFFERENCE = 1e-9
NOT_SHOWN = LeftOut("cannot be told from our statistic where the difference is 0 or undefined")


def meet_scores(case: Case, test: str, value: str) -> dict[str, Any]:
    """Meet DTComPair's tests, which take the second test minus the first."""
    found = _compare(case, value, METHODS[test])
    answers = {
        "test1": read(_value(case, value, 1), "value"),
        "test2": read(_value(case, value, 2), "value"),
        "test.statistic": by_convention(found, "statistic"),
        "p.value": by_convention(found, "p_value", **TAIL),
    }
    if METHODS[test] == "relative":
        return answers | _read_ratio(found, f"r{value}")
    return answers | {"diff": read(found, "difference")}


def meet_second_program(case: Case) -> dict[str, Any]:
    """Meet testCompareR's scores."""
    answers: dict[str, Any] = {}
    for value in ("ppv", "npv"):
        found = _compare(case, value, "weighted_generalized_score")
        answers[f"{value}_stat"] = by_convention(found, "statistic")
        answers[f"{value}_p"] = by_convention(found, "p_value", **TAIL)
    return answers


def meet_hand_formula(case: Case, test: str) -> dict[str, Any]:
    """Meet R's hand formula of Kosinski's score, with its steps as far as ours shows them."""
    value = test.removesuffix("_difference")
    found = _compare(case, value, "weighted_generalized_score")
    half = None if found.low is None else (found.high - found.low) / 2
    error = None if half is None else half / normal_quantile(0.95)
    return {
        "diff_test2_minus_test1": read(found, "difference"),
        "se_wald": Ours(error, found.reason),
        "wald_ci95": [by_convention(found, "low"), by_convention(found, "high")],
        "wgs_stat_handcalc": by_convention(found, "statistic"),
        "wgs_p_handcalc": by_convention(found, "p_value"),
        **_read_steps(case, value, found),
    }


def list_notes(tree: Mapping[str, Any]) -> list[str]:
    """Say where R's own steps show a variance of 0, so that its statistic is rounding noise."""
    notes = []
    for value in ("ppv", "npv"):
        variance = tree.get(f"{value}_difference", {}).get("var_wgs_null", 1.0)
        if variance is None or variance < NO_VARIANCE:
            names = [f"{test}.{value}" for test in (*METHODS, "testcomparer_wgs")]
            notes += [f"{name}: {NO_SCORE}" for name in (*names, f"{value}_difference")]
        ratio = tree.get("dtcompair_pv_rpv", {}).get(value, {})
        if ratio.get(f"se.log.r{value}", 1.0) is None:
            notes.append(f"dtcompair_pv_rpv.{value}: R's error of the log ratio is undefined")
    return notes


def _compare(case: Case, value: str, method: str) -> Comparison:
    truth, first, second = read_calls(case)
    return compare_predictive_values(truth, second, first, value=value, method=method)


def _value(case: Case, value: str, number: int) -> Any:
    calls = read_calls(case)
    return MEASURES[value](calls.truth, calls[number])


def _read_ratio(found: Comparison, name: str) -> dict[str, Any]:
    keys = (name, f"lcl.{name}", f"ucl.{name}", f"se.log.{name}")
    if found.difference is None or found.low is None or found.high is None:
        return {key: Ours(None, found.reason) for key in keys}
    error = (found.high - found.low) / 2 / normal_quantile(0.95)
    logs = (found.difference, found.low, found.high)
    numbers = (*(float(np.exp(one)) for one in logs), error)
    return dict(zip(keys, (Ours(one, found.reason) for one in numbers), strict=True))


def _read_steps(case: Case, value: str, found: Comparison) -> dict[str, Any]:
    """Solve our statistic for the variance under the null and the shared part in it."""
    truth, first, second = (column == (value == "ppv") for column in read_calls(case))
    calls = PairedCalls.count(truth, first, second)
    keys = ("var_wgs_null", "c_p")
    pooled = {"pooled": calls.pooled if calls.n_1 + calls.n_2 else Ours(None, found.reason)}
    if found.statistic is None:
        limits = {"wgs_nullse_ci95": [Ours(None, found.reason)] * 2}
        return pooled | limits | {"var_wgs_null": Ours(None, found.reason), "c_p": NOT_SHOWN}
    if found.difference is None or abs(found.difference) < NO_DIFFERENCE:
        return pooled | dict.fromkeys((*keys, "wgs_nullse_ci95"), NOT_SHOWN)
    variance = found.difference**2 / found.statistic
    margin = normal_quantile(0.95) * float(np.sqrt(variance))
    shared = calls.pooled * (1 - calls.pooled) - variance / (1 / calls.n_1 + 1 / calls.n_2)
    return pooled | {
        "var_wgs_null": variance,
        "c_p": shared / 2,
        "wgs_nullse_ci95": [found.difference - margin, found.difference + margin],
    }
