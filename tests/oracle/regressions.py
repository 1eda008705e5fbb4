"""Logistic regression beside glm, its profile limits, and logistf."""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cirrhosis.statistics.regression import (
    FIRTH,
    LIKELIHOOD,
    PROFILE,
    LogisticEstimate,
    LogisticModel,
    logistic_regression,
)
from tests.oracle.answers import LeftOut, Ours
from tests.oracle.cases import Case
from tests.oracle.factors import code_columns

# glm stops at a relative change of the deviance of 1e-8 and takes errors from the step before.
COEFFICIENT = {"rel": 1e-6, "abs": 1e-9}
ERROR = {"rel": 1e-5, "abs": 1e-9}
# R reads its limits off a spline through a few points of the profile, in steps of the standard
# error, to which this is relative; the exact profile, by brute force, gives our digits where
# the two are furthest apart (3e-4).
SPLINE = 1e-3
# logistf stops at a change of 1e-5.
PENALISED = {"rel": 5e-5, "abs": 1e-9}


def meet_univariable(case: Case, variable: str) -> dict[str, Any]:
    """Meet the model of one variable, whose levels R's terms name."""
    terms = list(case.expected["univariable"][variable]["terms"])
    columns, truth = _take_complete(case, [variable], terms)
    plain, profile, penalised = (
        logistic_regression(truth, columns, method=method)
        for method in (LIKELIHOOD, PROFILE, FIRTH)
    )
    ratio = plain.likelihood_ratio
    return {
        "n": plain.intercept.n,
        "n_events": plain.intercept.n_positive,
        "complete_or_quasi_separation": "separated" in (plain.intercept.reason or ""),
        "p_lrt": _read(ratio, "p_value", **ERROR),
        "lrt_chi2": _read(ratio, "statistic", **COEFFICIENT),
        "lrt_df": ratio.degrees_of_freedom,
        "terms": {
            name: {
                **_read_wald(plain.terms[at]),
                "or_ci95_profile": _read_limits(
                    profile.terms[at], rel=SPLINE * (plain.terms[at].standard_error or 1)
                ),
                "firth_logistf": _read_penalised(penalised.terms[at]),
            }
            for at, name in enumerate(columns)
        },
    }


def meet_multivariable(case: Case) -> dict[str, Any]:
    """Meet the model of several variables that R's formula names."""
    found = re.fullmatch(r"\s*y\s*~\s*([\w.]+(?:\s*\+\s*[\w.]+)*)\s*", _read_formula(case))
    if not found:
        reason = LeftOut(f"a formula other than a sum of columns: {_read_formula(case)}")
        return dict.fromkeys(case.expected["multivariable"], reason)
    variables = [name.strip() for name in found[1].split("+")]
    columns, truth = _take_complete(case, variables, list(case.expected["multivariable"]))
    model: LogisticModel = logistic_regression(truth, columns, method=LIKELIHOOD)
    names = ["(Intercept)", *columns]
    return {
        name: _read_wald(one)
        for name, one in zip(names, (model.intercept, *model.terms), strict=True)
    }


def list_notes(tree: Mapping[str, Any]) -> list[str]:
    """Say where R's maximum of the likelihood is at infinity."""
    return [
        f"univariable.{name}: separated, so numbers of maximum likelihood mean nothing"
        for name, model in tree.get("univariable", {}).items()
        if model.get("complete_or_quasi_separation")
    ]


def _read_formula(case: Case) -> str:
    return str(case.expected.get("multivariable_formula", ""))


def _take_complete(
    case: Case, variables: list[str], terms: list[str]
) -> tuple[pd.DataFrame, pd.Series]:
    """Code the variables and keep the rows without gaps, as glm does; order as in R's terms."""
    coded = pd.concat([code_columns(case.data[name], terms) for name in variables], axis=1)
    coded = coded[[name for name in terms if name in coded]]
    rows = coded.notna().all(axis=1) & case.data["y"].notna()
    return coded[rows], case.data.loc[rows, "y"].astype(int)


def _read_wald(found: LogisticEstimate) -> dict[str, Any]:
    z = None
    if found.coefficient is not None and found.standard_error:
        z = found.coefficient / found.standard_error
    return {
        "coef": _read(found, "coefficient", **COEFFICIENT),
        "se": _read(found, "standard_error", **ERROR),
        "z": Ours(z, found.reason if z is None else None, **ERROR),
        "p_wald": _read(found, "p_value", **ERROR),
        "or": _read(found, "odds_ratio", **COEFFICIENT),
        "or_ci95_wald": _read_limits(found, **ERROR),
    }


def _read_penalised(found: LogisticEstimate) -> dict[str, Any]:
    return {
        "coef": _read(found, "coefficient", **PENALISED),
        "or": _read(found, "odds_ratio", **PENALISED),
        "p_penalized_lrt": _read(found, "p_value", **PENALISED),
        "or_ci95_profile": _read_limits(found, **PENALISED),
    }


def _read_limits(found: LogisticEstimate, **tolerance: float) -> list[Ours]:
    return [
        Ours(
            None if limit is None else float(np.exp(limit)),
            found.reason if limit is None else None,
            **tolerance,
        )
        for limit in (found.low, found.high)
    ]


def _read(found: Any, name: str, **tolerance: float) -> Ours:
    value = getattr(found, name)
    return Ours(value, found.reason if value is None else None, **tolerance)
