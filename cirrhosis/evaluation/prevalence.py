"""Predictive values where cirrhosis is more or less common than in the cohort."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.evaluation.call_measures import measure_call
from cirrhosis.evaluation.estimate_columns import leave_empty, spread
from cirrhosis.evaluation.judges import (
    JUDGE_COLUMNS,
    Judge,
    describe_judge,
    explain_optimism,
    read_judges,
)
from cirrhosis.evaluation.operating_points import call_at
from cirrhosis.evaluation.patient_scores import RUN_KEYS
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.evaluation.zones import ZONES, choose_zones
from cirrhosis.statistics.prevalence import predictive_values_at

OWN, RULE_OUT, RULE_IN = "own_threshold", "rule_out", "rule_in"
RATES = ("sensitivity", "specificity")
COLUMNS = [
    *RUN_KEYS,
    *JUDGE_COLUMNS,
    "operating_point",
    "threshold",
    "prevalence_in_split",
    *RATES,
    *(f"{name}_n" for name in RATES),
    "prevalence",
    *leave_empty("ppv"),
    *leave_empty("npv"),
    "reason",
]

Row = dict[str, Any]
Point = tuple[str, float | None, NDArray[np.int64] | None]


def project_predictive_values(
    predictions: pd.DataFrame, *, settings: EvaluationSettings
) -> pd.DataFrame:
    """Work out PPV and NPV of every model over a range of prevalences by Bayes' rule.

    Sensitivity and specificity of the split are taken to hold at every prevalence, which
    they do not where the mix of stages differs.

    Args:
        predictions: Rows of several models of one or more runs.
        settings: Choices of the evaluation, the prevalences among them.

    Returns:
        A row per run, model, split, `operating_point` (`own_threshold`; `rule_out` and
        `rule_in` for models with scores) and `prevalence`: `ppv` and `npv` with interval
        and method, the sensitivity and specificity behind them, and the split's own
        `prevalence_in_split`.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    rows = [
        keys | row
        for keys, judges in read_judges(predictions, settings=settings)
        for of_model in judges.values()
        for row in _project_model(of_model, settings)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _project_model(judges: dict[str, Judge], settings: EvaluationSettings) -> Iterator[Row]:
    is_call = any(judge.cut_off.is_call for judge in judges.values())
    zones = None if is_call else choose_zones(judges, settings=settings.operating_points)
    for judge in judges.values():
        own = judge.cut_off.threshold, judge.cut_off.call(judge.scores.y_score)
        points: list[Point] = [(OWN, *own)]
        if zones is not None:
            points += [
                (name, threshold, call_at(judge, threshold))
                for name, threshold in ((RULE_OUT, zones.rule_out), (RULE_IN, zones.rule_in))
            ]
        for point in points:
            yield from _project(judge, point, settings)


def _project(judge: Judge, point: Point, settings: EvaluationSettings) -> Iterator[Row]:
    name, threshold, calls = point
    if calls is None:
        return
    truth = judge.scores.y_true
    rates = {measure: measure_call(measure, truth, calls, settings=settings) for measure in RATES}
    head = describe_judge(judge, also_selected=() if name == OWN else (ZONES,))
    head |= {
        "operating_point": name,
        "threshold": threshold,
        "prevalence_in_split": float(truth.mean()),
        **{measure: rate.value for measure, rate in rates.items()},
        **{f"{measure}_n": rate.n for measure, rate in rates.items()},
    }
    optimism = explain_optimism(judge)
    found = predictive_values_at(
        settings.operating_points.prevalences,
        **rates,
        confidence_level=settings.confidence_level,
    )
    for one in found:
        reasons = [optimism] if optimism else []
        row = head | {"prevalence": one.prevalence}
        row |= spread("ppv", one.ppv, reasons) | spread("npv", one.npv, reasons)
        yield row | {"reason": "; ".join(reasons)}
