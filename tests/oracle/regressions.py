"""Logistic regression beside glm and logistf."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cirrhosis.statistics.estimates import normal_quantile
from cirrhosis.statistics.regression import LogisticEstimate, univariable_logistic
from tests.oracle.answers import LeftOut, Ours
from tests.oracle.cases import Case
from tests.oracle.factors import code_columns

# glm stops at a relative change of the deviance of 1e-8 and takes errors from the step before.
COEFFICIENT = {"rel": 1e-6, "abs": 1e-9}
ERROR = {"rel": 1e-5, "abs": 1e-9}


def meet_model(case: Case, variable: str) -> dict[str, Any]:
    """Meet the model of one variable, whose levels R's terms name."""
    terms = list(case.expected["univariable"][variable]["terms"])
    coded = code_columns(case.data[variable], terms)
    rows = coded.notna().all(axis=1) & case.data["y"].notna()
    truth = case.data.loc[rows, "y"].astype(int)
    if len(terms) > 1:
        reason = LeftOut("a factor of several levels is not one variable")
        return {
            "n": len(truth),
            "n_events": int(truth.sum()),
            "terms": dict.fromkeys(terms, reason),
        }
    found = univariable_logistic(truth, coded.loc[rows].iloc[:, 0])
    separated = found.reason is not None and "separated" in found.reason
    return {
        "n": found.n,
        "n_events": found.n_positive,
        "complete_or_quasi_separation": separated,
        "terms": {terms[0]: _read_likelihood(found) if not separated else _refuse(found)},
    }


def _read_likelihood(found: LogisticEstimate) -> dict[str, Any]:
    if found.coefficient is None or found.low is None or found.high is None:
        return _refuse(found)
    error = (found.high - found.low) / 2 / normal_quantile(0.95)
    return {
        "coef": Ours(found.coefficient, **COEFFICIENT),
        "se": Ours(error, **ERROR),
        "z": Ours(found.coefficient / error, **ERROR),
        "p_wald": Ours(found.p_value, **ERROR),
        "or": Ours(found.odds_ratio, **COEFFICIENT),
        "or_ci95_wald": [Ours(float(np.exp(x)), **ERROR) for x in (found.low, found.high)],
    }


def _refuse(found: LogisticEstimate) -> dict[str, Any]:
    nothing = Ours(None, found.reason)
    names = ("coef", "se", "z", "p_wald", "or")
    pairs = ("or_ci95_wald", "or_ci95_profile")
    return dict.fromkeys(names, nothing) | {name: [nothing] * 2 for name in pairs}


def list_notes(tree: Mapping[str, Any]) -> list[str]:
    """Say where R's maximum of the likelihood is at infinity."""
    models = tree.get("univariable", {})
    return [
        f"univariable.{name}.terms: separated, so numbers of maximum likelihood mean nothing"
        for name, model in models.items()
        if model.get("complete_or_quasi_separation")
    ]
