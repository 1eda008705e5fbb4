"""Measures and tests of two yes/no calls beside base R, binom, exact2x2 and epiR."""

from typing import Any, NamedTuple

import numpy as np

from cirrhosis.statistics.call_ratios import (
    balanced_accuracy,
    f1_score,
    negative_likelihood_ratio,
    positive_likelihood_ratio,
    youden_index,
)
from cirrhosis.statistics.classification import (
    accuracy,
    confusion_counts,
    npv,
    ppv,
    sensitivity,
    specificity,
)
from cirrhosis.statistics.paired import (
    METHODS,
    compare_accuracy,
    compare_sensitivity,
    compare_specificity,
)
from cirrhosis.statistics.proportions import proportion_interval
from tests.oracle.answers import (
    by_convention,
    mirror_limits,
    read,
    read_cut,
    solve_error,
)
from tests.oracle.cases import Case

MEASURES = {f.__name__: f for f in (sensitivity, specificity, ppv, npv, accuracy)}
COMPARISONS = {
    "sensitivity": compare_sensitivity,
    "specificity": compare_specificity,
    "accuracy": compare_accuracy,
}
SHARE_METHODS = ("wilson", "clopper_pearson", "agresti_coull", "wald")
SHARE_NAMES = {
    "wilson": "wilson",
    "base_r_prop_test_nocc": "wilson",
    "clopper_pearson": "clopper_pearson",
    "base_r_binom_test": "clopper_pearson",
}
CELLS = [f"{letter}{first}{second}" for letter in "dn" for first in "10" for second in "10"]


class Calls(NamedTuple):
    """Truth and two calls, one entry per patient."""

    truth: np.ndarray
    first: np.ndarray
    second: np.ndarray


def read_calls(case: Case) -> Calls:
    """Read the calls of a data set, or unfold a row of counts."""
    if case.kind == "paired":
        return Calls(*(case.data[name].to_numpy() for name in ("y", "pred1", "pred2")))
    row = case.data.set_index("case").loc[case.name]
    cells = [(cell[0] == "d", cell[1] == "1", cell[2] == "1") for cell in CELLS]
    unfolded = np.repeat(np.array(cells, dtype=int), [int(row[cell]) for cell in CELLS], axis=0)
    return Calls(*unfolded.T)


def count_cells(case: Case) -> dict[str, Any]:
    """Meet the eight joint counts."""
    calls = read_calls(case)
    cells = {}
    for letter, rows in (("d", calls.truth == 1), ("n", calls.truth == 0)):
        names = (f"{letter}11", f"{letter}01", f"{letter}10", f"{letter}00")
        found = rows.any() and confusion_counts(calls.first[rows], calls.second[rows])
        cells.update(zip(names, found or (0, 0, 0, 0), strict=True))
    return cells


def meet_mcnemar(case: Case, test: str) -> dict[str, Any]:
    """Meet McNemar's tests of one measure."""
    calls, measure = read_calls(case), test.removeprefix("mcnemar_")
    exact, mid_p, plain = (COMPARISONS[measure](*calls, method=name) for name in METHODS)
    only_first, only_second = _count_discordant(calls, measure)
    return {
        "only_test1": only_first,
        "only_test2": only_second,
        "chi2": by_convention(plain, "statistic"),
        "p_chi2": by_convention(plain, "p_value"),
        "p_exact": by_convention(exact, "p_value"),
        "p_exact_exact2x2": by_convention(exact, "p_value"),
        "p_midp": by_convention(mid_p, "p_value"),
    }


def meet_dtcompair_mcnemar(case: Case, measure: str) -> dict[str, Any]:
    """Meet DTComPair's McNemar test, which takes the second test minus the first."""
    calls = read_calls(case)
    found = COMPARISONS[measure](calls.truth, calls.second, calls.first, method="asymptotic")
    return {
        "test1": read(MEASURES[measure](calls.truth, calls.first), "value"),
        "test2": read(MEASURES[measure](calls.truth, calls.second), "value"),
        "diff": read(found, "difference"),
        "test.statistic": by_convention(found, "statistic"),
        # R computes 1 - pchisq(): its absolute accuracy is that of numbers near 1.
        "p.value": by_convention(found, "p_value", abs=1e-14),
    }


def describe_counts(case: Case, number: str) -> dict[str, Any]:
    """Meet the 2 x 2 table of one test and the measures that combine both classes."""
    columns = _one(case, number)
    ratios = {"lr_pos": positive_likelihood_ratio, "lr_neg": negative_likelihood_ratio}
    found = {name: ratio(*columns) for name, ratio in ratios.items()}
    return {
        **confusion_counts(*columns)._asdict(),
        "balanced_accuracy": read(balanced_accuracy(*columns), "value"),
        "youden_j": read(youden_index(*columns), "value"),
        "f1": read(f1_score(*columns), "value"),
        **{
            name: {"est": read(one, "value"), "ci95": [read(one, "low"), read(one, "high")]}
            for name, one in found.items()
        },
    }


def describe_measure(case: Case, number: str, measure: str) -> dict[str, Any]:
    """Meet one measure of one test with its intervals."""
    right, total = _count_share(case, number, measure)
    found = MEASURES[measure](*_one(case, number))
    return {"x": right, "n": found.n, "est": read(found, "value"), **bound_share(right, total)}


def describe_wald(case: Case, number: str, measure: str) -> dict[str, Any]:
    """Meet DTComPair's interval of one measure, which it cuts to [0, 1] as we do."""
    found = proportion_interval(*_count_share(case, number, measure), method="wald")
    return {
        "est": read(MEASURES[measure](*_one(case, number)), "value"),
        "se": solve_error(found),
        "lcl": read(found, "low"),
        "ucl": read(found, "high"),
    }


def bound_share(right: int, total: int) -> dict[str, Any]:
    """Return our intervals of a share under R's names of the methods."""
    found = {name: proportion_interval(right, total, method=name) for name in SHARE_METHODS}
    answers: dict[str, Any] = {
        name: [read(found[method], "low"), read(found[method], "high")]
        for name, method in SHARE_NAMES.items()
    }
    agresti = found["agresti_coull"]
    answers["agresti_coull"] = [read_cut(agresti, "low"), read_cut(agresti, "high")]
    return answers | {"wald_unclipped": mirror_limits(found["wald"])}


def _count_share(case: Case, number: str, measure: str) -> tuple[int, int]:
    counts = confusion_counts(*_one(case, number))
    return {
        "sensitivity": (counts.tp, counts.tp + counts.fn),
        "specificity": (counts.tn, counts.tn + counts.fp),
        "ppv": (counts.tp, counts.tp + counts.fp),
        "npv": (counts.tn, counts.tn + counts.fn),
        "accuracy": (counts.tp + counts.tn, sum(counts)),
    }[measure]


def _count_discordant(calls: Calls, measure: str) -> tuple[int, int]:
    rows = {
        "sensitivity": calls.truth == 1,
        "specificity": calls.truth == 0,
        "accuracy": np.ones(len(calls.truth), dtype=bool),
    }[measure]
    if not rows.any():
        return 0, 0
    first, second = (call[rows] == calls.truth[rows] for call in (calls.first, calls.second))
    counts = confusion_counts(first, second)
    return counts.fn, counts.fp


def _one(case: Case, number: str) -> tuple[np.ndarray, np.ndarray]:
    calls = read_calls(case)
    return calls.truth, calls.first if number == "test1" else calls.second
