"""The numbers of one combination or model that a tracker shows, as the evaluation makes them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cirrhosis.commands.configuration import build_settings
from cirrhosis.commands.finished_combinations import FinishedCombination
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.discrimination import auroc

SHOWN = (
    "auroc",
    "auroc_low",
    "auroc_high",
    "auroc_method",
    "n",
    "n_positive",
    "within_fold_auroc",
    "threshold",
    "sensitivity",
    "specificity",
    "brier_score",
    "calibration_slope",
    "calibration_intercept",
    "observed_to_expected",
    "ici",
    "protocol",
    "selected",
)


def quick_settings(values: Mapping[str, Any]) -> EvaluationSettings:
    """Return the choices of the evaluation without the bootstrap of calibration."""
    settings = build_settings(EvaluationSettings, values["evaluation"], "evaluation")
    return replace(settings, calibration=replace(settings.calibration, n_resamples=0))


def show_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defined numbers of a model's row of Table 2, as plain values."""
    return {name: plain_value(row[name]) for name in SHOWN if pd.notna(row.get(name))}


def plain_value(value: Any) -> Any:
    """Return a value of a table as Python's own."""
    return value.item() if isinstance(value, np.generic) else value


def describe_folds(combination: FinishedCombination) -> pd.DataFrame:
    """Return a row per fold: patients held out, their AUROC, the best on stopping rows, minutes."""
    rows = []
    predictions = combination.read_predictions()
    held_out = predictions[predictions["split"] == TRAINING]
    for fold, (_, status) in combination.runs.items():
        of_fold = held_out[held_out["fold"] == fold]
        area = auroc(of_fold["y_true"], of_fold["y_score"])
        rows.append(
            {
                "fold": fold,
                "n": area.n,
                "n_positive": int(of_fold["y_true"].sum()),
                "auroc": area.value,
                "stopping_auroc": status.best,
                "minutes": None if status.seconds is None else round(status.seconds / 60, 2),
            }
        )
    return pd.DataFrame(rows)


def spread_over_folds(folds: pd.DataFrame) -> dict[str, Any]:
    """Return mean, standard deviation (n - 1) and list of the folds' AUROC.

    They describe the folds; the interval of the pooled AUROC is about patients.
    """
    areas = folds["auroc"].dropna().astype(float)
    shown: dict[str, Any] = {"auroc_folds": [round(area, 4) for area in areas]}
    if len(areas):
        shown["auroc_mean"] = float(areas.mean())
    if len(areas) > 1:
        shown["auroc_sd"] = float(areas.std(ddof=1))
    return shown
