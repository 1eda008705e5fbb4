"""Variance inflation factors beside car."""

from typing import Any

import pandas as pd

from cirrhosis.statistics.collinearity import VarianceInflation, variance_inflation_factors
from tests.oracle.answers import LeftOut, Ours
from tests.oracle.cases import Case
from tests.oracle.factors import code_columns

LIMIT = 5


def meet_factors(case: Case, kind: str) -> dict[str, Any]:
    """Meet the factor of each column."""
    return {
        name: _read(one) for name, one in _inflate(case.data[list(case.expected[kind])]).items()
    }


def meet_generalised(case: Case) -> dict[str, Any]:
    """Meet the factors of a model that holds a factor of several levels."""
    terms = case.expected["gvif"]
    coded = pd.concat([code_columns(case.data[name]) for name in terms], axis=1)
    found = _inflate(coded)
    answers: dict[str, Any] = {}
    for name, term in terms.items():
        columns = list(code_columns(case.data[name]))
        answers[name] = {"df": len(columns)}
        if term["df"] == 1:
            value = found[columns[0]].value
            answers[name] |= {"gvif": value, "gvif_scaled": value**0.5 if value else None}
        else:
            reason = LeftOut("a factor over several columns at once is not offered")
            answers[name] |= {"gvif": reason, "gvif_scaled": reason}
    return answers


def meet_stepwise(case: Case) -> dict[str, Any]:
    """Meet R's rule: drop the largest factor, one at a time, until all are at most 5."""
    kept, dropped = list(case.expected["vif_lm"]), []
    while True:
        found = _inflate(case.data[kept])
        worst = max(kept, key=lambda name: found[name].value or 0)
        if (found[worst].value or 0) <= LIMIT:
            return {"dropped_in_order": dropped, "kept": kept}
        kept.remove(worst)
        dropped.append(worst)


def meet_limit(case: Case) -> list[str]:
    """Meet the names of the columns above 5."""
    found = _inflate(case.data[list(case.expected["vif_lm"])])
    return [name for name, one in found.items() if (one.value or 0) > LIMIT]


def _inflate(columns: pd.DataFrame) -> dict[str, VarianceInflation]:
    return dict(zip(columns, variance_inflation_factors(columns.dropna()), strict=True))


def _read(one: VarianceInflation) -> Ours:
    return Ours(one.value, one.reason)
