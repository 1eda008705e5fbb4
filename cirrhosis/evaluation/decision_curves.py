"""Decision curves, for drawing: net benefit of models, of treating all and of none."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.evaluation.judges import (
    Judge,
    Judges,
    describe_judge,
    explain_optimism,
    read_judges,
)
from cirrhosis.evaluation.patient_scores import RUN_KEYS
from cirrhosis.evaluation.probabilities import find_probabilities
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.decision import net_benefit
from cirrhosis.statistics.net_benefit_interval import bound_net_benefit

# Divided, because adding 0.01 up gives 0.29000000000000004.
THRESHOLDS = np.arange(1, 100) / 100
ALL, NOBODY = "treat_all", "treat_none"
CALL = "the_call_itself"
COLUMNS = [
    *RUN_KEYS,
    "model",
    "split",
    "protocol",
    "score_kind",
    "probability_source",
    "n",
    "n_positive",
    "threshold",
    "net_benefit",
    "low",
    "high",
    "method",
    "treat_all",
    "tp_rate",
    "fp_rate",
    "pooled_or_within",
    "selected_on_same_rows",
    "selected",
    "reason",
]

Row = dict[str, Any]


class _Line(NamedTuple):
    head: Row
    y_true: NDArray[np.int64]
    y_prob: NDArray[np.float64]


def decision_points(predictions: pd.DataFrame, *, settings: EvaluationSettings) -> pd.DataFrame:
    """Return the net benefit of every model at the thresholds 0.01 to 0.99.

    Scores without a probability scale enter by their logistic map fitted on training rows,
    and calls (readers) as they are at every threshold. `treat_all` and `treat_none` stand as
    models of their own, for the patients of the reference model where the run has it, else
    for all patients of the split; the column `treat_all` is that of a row's own patients.

    Args:
        predictions: Rows of several models of one or more runs.
        settings: Choices of the evaluation.

    Returns:
        A row per run, model, split and threshold: `net_benefit` with the normal interval of
        a mean, pointwise, `n`, and the rates of true and false positives.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    curves = [
        pd.DataFrame({**keys, **line.head, **_measure(line, settings)})
        for keys, judges in read_judges(predictions, settings=settings)
        for line in (*_list_models(judges, settings), *_list_extremes(judges, settings))
    ]
    if not curves:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(curves, ignore_index=True)[COLUMNS]


def _list_models(judges: Judges, settings: EvaluationSettings) -> Iterator[_Line]:
    for of_model in judges.values():
        found = find_probabilities(of_model, settings=settings)
        for split, judge in of_model.items():
            own, scores = found[split], judge.scores
            if judge.cut_off.is_call:
                head = describe_judge(judge) | {"probability_source": CALL, "reason": ""}
                yield _Line(head, scores.y_true, scores.y_score)
            elif own.y_prob is not None:
                head = describe_judge(judge, also_selected=own.also_selected)
                head |= {
                    "probability_source": own.source,
                    "reason": explain_optimism(judge) or "",
                }
                yield _Line(head, scores.y_true, own.y_prob)


def _list_extremes(judges: Judges, settings: EvaluationSettings) -> Iterator[_Line]:
    for split, judge in _find_widest(judges, settings).items():
        truth = judge.scores.y_true
        for model, probability in ((ALL, 1.0), (NOBODY, 0.0)):
            head = {
                "model": model,
                "split": split,
                "protocol": "none",
                "score_kind": "call",
                "probability_source": CALL,
                "n": len(truth),
                "n_positive": int(truth.sum()),
                "pooled_or_within": "pooled",
                "selected_on_same_rows": False,
                "selected": "",
                "reason": "",
            }
            yield _Line(head, truth, np.full(len(truth), probability))


def _find_widest(judges: Judges, settings: EvaluationSettings) -> dict[str, Judge]:
    """Return per split the judge whose patients stand for all and nobody treated."""
    widest = dict(judges.get(settings.reference_model, {}))
    for of_model in judges.values():
        for split, judge in of_model.items():
            if split in judges.get(settings.reference_model, {}):
                continue
            known = widest.get(split)
            if known is None or len(judge.scores.y_true) > len(known.scores.y_true):
                widest[split] = judge
    return widest


def _measure(line: _Line, settings: EvaluationSettings) -> dict[str, Any]:
    curve = net_benefit(line.y_true, line.y_prob, thresholds=THRESHOLDS)
    limits = bound_net_benefit(curve, confidence_level=settings.confidence_level)
    reasons = [text for text in (limits.reason, line.head["reason"]) if text]
    return {
        "threshold": curve.threshold,
        "net_benefit": curve.net_benefit,
        # Numbers where there are none, so that columns of several curves stay numbers.
        "low": np.nan if limits.low is None else limits.low,
        "high": np.nan if limits.high is None else limits.high,
        "method": limits.method,
        "treat_all": curve.treat_all,
        "tp_rate": curve.tp_rate,
        "fp_rate": curve.fp_rate,
        "reason": "; ".join(reasons),
    }
