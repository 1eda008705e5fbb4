"""Calibration curves, for drawing: quantile bins and a smooth line."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.evaluation.judges import describe_judge, explain_optimism, read_judges
from cirrhosis.evaluation.patient_scores import RUN_KEYS
from cirrhosis.evaluation.probabilities import Probabilities, find_probabilities
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.proportions import proportion_interval
from cirrhosis.statistics.smooth_calibration import smooth_calibration

BIN, SMOOTH = "quantile_bin", "smooth"
COLUMNS = [
    *RUN_KEYS,
    "model",
    "split",
    "protocol",
    "score_kind",
    "probability_source",
    "kind",
    "point",
    "n",
    "n_positive",
    "predicted",
    "observed",
    "low",
    "high",
    "method",
    "pooled_or_within",
    "selected_on_same_rows",
    "selected",
    "reason",
]

Row = dict[str, Any]


def calibration_points(predictions: pd.DataFrame, *, settings: EvaluationSettings) -> pd.DataFrame:
    """Return bins and smooth line of every model that has probabilities, its own or mapped.

    Bins are quantiles of the probabilities; patients with one probability share a bin, so
    there may be fewer than asked for.

    Args:
        predictions: Rows of several models of one or more runs.
        settings: Choices of the evaluation.

    Returns:
        Rows of `kind` `quantile_bin`: `n` and `n_positive` of the bin, mean `predicted`,
        `observed` share with Wilson's interval. Rows of `kind` `smooth`: points of the line,
        `n` patients behind all of it, `method` the smoother, no interval; the line may leave
        [0, 1]. A model of too few patients has bins only, and `reason` says why.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    rows: list[Row] = []
    for keys, judges in read_judges(predictions, settings=settings):
        for of_model in judges.values():
            found = find_probabilities(of_model, settings=settings)
            for split, judge in of_model.items():
                own = found[split]
                if own.y_prob is None:
                    continue
                head = keys | describe_judge(judge, also_selected=own.also_selected)
                head |= {
                    "probability_source": own.source,
                    "reason": explain_optimism(judge) or "",
                }
                truth = judge.scores.y_true
                rows += [head | row for row in _list_bins(truth, own.y_prob, settings)]
                rows += [head | row for row in _list_smooth(truth, own, settings)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _list_bins(
    y_true: NDArray[np.int64], y_prob: NDArray[np.float64], settings: EvaluationSettings
) -> Iterator[Row]:
    shares = np.linspace(0, 1, settings.calibration.n_bins + 1)[1:-1]
    edges = np.unique(np.quantile(y_prob, shares))
    inside = np.searchsorted(edges, y_prob, side="left")
    for point, name in enumerate(np.unique(inside)):
        rows = inside == name
        n, n_positive = int(rows.sum()), int(y_true[rows].sum())
        share = proportion_interval(
            n_positive, n, method="wilson", confidence_level=settings.confidence_level
        )
        yield {
            "kind": BIN,
            "point": point,
            "n": n,
            "n_positive": n_positive,
            "predicted": float(y_prob[rows].mean()),
            "observed": share.value,
            "low": share.low,
            "high": share.high,
            "method": share.method,
        }


def _list_smooth(
    y_true: NDArray[np.int64], found: Probabilities, settings: EvaluationSettings
) -> Iterator[Row]:
    if found.y_prob is None:
        return
    smooth = smooth_calibration(y_true, found.y_prob, smoother=settings.calibration.smoother)
    last = len(smooth.predicted) - 1
    if last < 0:
        return
    chosen = np.unique(np.linspace(0, last, settings.calibration.n_points).round().astype(int))
    for point, at in enumerate(chosen):
        yield {
            "kind": SMOOTH,
            "point": point,
            "n": smooth.n,
            "n_positive": int(y_true.sum()),
            "predicted": float(smooth.predicted[at]),
            "observed": float(smooth.observed[at]),
            "method": smooth.smoother,
        }
