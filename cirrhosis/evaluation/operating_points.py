"""Rule-out and rule-in thresholds with a grey zone, beside Youden's threshold."""

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
from cirrhosis.evaluation.patient_scores import RUN_KEYS
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.evaluation.zones import ZONES, Zones, choose_zones
from cirrhosis.statistics.proportions import proportion_interval

ZONE_NAMES = ("below", "grey", "above")
# Column, the threshold it is measured at, and the measure.
MEASURES = {
    "rule_out_sensitivity": ("rule_out", "sensitivity"),
    "rule_out_npv": ("rule_out", "npv"),
    "rule_in_specificity": ("rule_in", "specificity"),
    "rule_in_ppv": ("rule_in", "ppv"),
}
COLUMNS = [
    *RUN_KEYS,
    *JUDGE_COLUMNS,
    "rule_out_target",
    "rule_out_threshold",
    "rule_in_target",
    "rule_in_threshold",
    "threshold",
    "threshold_source",
    *(f"{what}_{zone}" for what in ("n", "n_positive") for zone in ZONE_NAMES),
    *leave_empty("grey_share"),
    *(column for name in MEASURES for column in leave_empty(name)),
    "reason",
]

Row = dict[str, Any]


def find_operating_points(
    predictions: pd.DataFrame, *, settings: EvaluationSettings
) -> pd.DataFrame:
    """Count patients below, inside and above the grey zone of every model and split.

    Both thresholds come from out-of-fold training rows and the targets of the settings, and
    are used unchanged on every split. Readers have no threshold and no rows.

    Args:
        predictions: Rows of several models of one or more runs.
        settings: Choices of the evaluation.

    Returns:
        A row per run, model and split: thresholds, `n_below`, `n_grey`, `n_above` and the
        positive patients of each, the share in the grey zone, sensitivity and NPV at the
        rule-out threshold, specificity and PPV at the rule-in threshold, each with interval
        and method.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    rows = [
        keys | row
        for keys, judges in read_judges(predictions, settings=settings)
        for of_model in judges.values()
        for row in _describe_model(of_model, settings)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _describe_model(judges: dict[str, Judge], settings: EvaluationSettings) -> Iterator[Row]:
    if any(judge.cut_off.is_call for judge in judges.values()):
        return
    zones = choose_zones(judges, settings=settings.operating_points)
    for judge in judges.values():
        reasons = [zones.reason] if zones.reason else []
        row = describe_judge(judge, also_selected=(ZONES,))
        row |= {
            "rule_out_target": settings.operating_points.rule_out_sensitivity,
            "rule_out_threshold": zones.rule_out,
            "rule_in_target": settings.operating_points.rule_in_specificity,
            "rule_in_threshold": zones.rule_in,
            "threshold": judge.cut_off.threshold,
            "threshold_source": judge.cut_off.source,
        }
        row |= _count(judge, zones, settings, reasons=reasons)
        for name, (threshold, measure) in MEASURES.items():
            calls = call_at(judge, getattr(zones, threshold))
            if calls is None:
                row |= leave_empty(name)
                continue
            found = measure_call(measure, judge.scores.y_true, calls, settings=settings)
            row |= spread(name, found, reasons)
        optimism = explain_optimism(judge)
        yield row | {"reason": "; ".join([*reasons, *filter(None, (optimism,))])}


def call_at(judge: Judge, threshold: float | None) -> NDArray[np.int64] | None:
    """Return 1 for scores at or above a threshold; None without one."""
    return None if threshold is None else (judge.scores.y_score >= threshold).astype(np.int64)


def _count(judge: Judge, zones: Zones, settings: EvaluationSettings, *, reasons: list[str]) -> Row:
    if zones.rule_out is None or zones.rule_in is None:
        counts = [f"{what}_{zone}" for what in ("n", "n_positive") for zone in ZONE_NAMES]
        return dict.fromkeys(counts) | leave_empty("grey_share")
    score, truth = judge.scores.y_score, judge.scores.y_true
    below, above = score < zones.rule_out, score >= zones.rule_in
    rows = dict(zip(ZONE_NAMES, (below, ~below & ~above, above), strict=True))
    share = proportion_interval(
        int(rows["grey"].sum()),
        len(truth),
        method=settings.proportion_method,
        confidence_level=settings.confidence_level,
    )
    return (
        {f"n_{zone}": int(inside.sum()) for zone, inside in rows.items()}
        | {f"n_positive_{zone}": int(truth[inside].sum()) for zone, inside in rows.items()}
        | spread("grey_share", share, reasons)
    )
