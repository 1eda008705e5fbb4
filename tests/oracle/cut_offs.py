"""Youden's cut-off beside pROC's `coords`."""

from typing import Any

import numpy as np
import pandas as pd

from cirrhosis.statistics.classification import confusion_counts
from cirrhosis.statistics.discrimination import roc_curve
from cirrhosis.statistics.thresholds import youden_threshold
from tests.oracle.answers import Ours, read
from tests.oracle.cases import Case

NOBODY = "nobody is called positive, so the threshold is infinite"


def choose_cut_off(case: Case, score: str) -> dict[str, Any]:
    """Meet the cut-offs chosen on training rows, all tied ones, lowest first."""
    train, test = (case.data[case.data["split"] == name] for name in ("train", "test"))
    chosen = youden_threshold(train["y"], train[score])
    sizes = {"n_train": len(train), "n_test": len(test)}
    if chosen.threshold is None:
        return {**sizes, "max_j": Ours(None, chosen.reason), "n_tied_optima": chosen.n_ties}
    tied = _list_tied(train, score)
    midpoints = [_find_midpoint(train[score].to_numpy(), row["threshold"]) for row in tied]
    return {
        **sizes,
        "max_j": read(chosen, "youden_index"),
        # pROC also counts the rule that calls nobody positive, whose index is 0.
        "n_tied_optima": chosen.n_ties + (chosen.youden_index == 0),
        "proc_thresholds_midpoint": midpoints,
        # The first of the tied cut-offs is the one that the product takes.
        "train_sensitivity": [chosen.sensitivity, *(row["sensitivity"] for row in tied[1:])],
        "train_specificity": [chosen.specificity, *(row["specificity"] for row in tied[1:])],
        "smallest_train_score_called_positive": [
            chosen.threshold,
            *(_read_score(row["threshold"]) for row in tied[1:]),
        ],
        "test_counts_per_optimum": [_count_calls(test, score, cut) for cut in midpoints],
    }


def _list_tied(train: pd.DataFrame, score: str) -> list[dict[str, float]]:
    """List the points of our ROC curve with the largest index, compared as whole numbers."""
    curve = roc_curve(train["y"], train[score])
    n_positive = int(train["y"].sum())
    n_negative = len(train) - n_positive
    index = np.rint(curve.tpr * n_positive) * n_negative - np.rint(curve.fpr * n_negative) * (
        n_positive
    )
    tied = np.flatnonzero(index == index.max())[::-1]
    return [
        {
            "threshold": float(curve.threshold[at]),
            "sensitivity": float(curve.tpr[at]),
            "specificity": float(1 - curve.fpr[at]),
        }
        for at in tied
    ]


def _find_midpoint(scores: np.ndarray, cut_off: float) -> Any:
    """Put pROC's threshold halfway to the next lower training score."""
    if cut_off == np.inf:
        return Ours(np.inf, NOBODY)
    below = scores[scores < cut_off]
    if not below.size:
        return Ours(-np.inf, "everybody is called positive, so pROC's threshold is -infinity")
    return (cut_off + float(below.max())) / 2


def _read_score(cut_off: float) -> Ours:
    return Ours(cut_off, NOBODY if cut_off == np.inf else None)


def _count_calls(test: pd.DataFrame, score: str, cut_off: Any) -> dict[str, Any]:
    number = cut_off.value if isinstance(cut_off, Ours) else cut_off
    counts = confusion_counts(test["y"], (test[score] >= number).astype(int))
    return {"threshold": cut_off, **counts._asdict()}
