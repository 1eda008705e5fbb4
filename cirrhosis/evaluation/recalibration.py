"""Recalibration on local labels: some patients fit the update, the others are reported."""

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.contracts.randomness import seed_of
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.calibration_columns import MEASURES, calibrate
from cirrhosis.evaluation.calibration_settings import CalibrationSettings
from cirrhosis.evaluation.estimate_columns import leave_empty
from cirrhosis.evaluation.judges import JUDGE_COLUMNS, Judge, Judges, describe_judge, read_judges
from cirrhosis.evaluation.patient_scores import RUN_KEYS
from cirrhosis.evaluation.probabilities import Probabilities, find_probabilities
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.recalibration import UPDATES, LogisticMap, fit_recalibration

NONE = "none"
COLUMNS = [
    *RUN_KEYS,
    *JUDGE_COLUMNS,
    "update",
    "local_share",
    "n_fitting",
    "n_positive_fitting",
    "fitting_patients",
    "map_intercept",
    "map_slope",
    "map_method",
    "probability_source",
    *(column for name in MEASURES for column in leave_empty(name)),
    "reason",
]

Row = dict[str, Any]
Rows = NDArray[np.bool_]


class _Parts(NamedTuple):
    """Which patients of a judge fit the update, and which are reported."""

    fitting: Rows
    reported: Rows


def recalibrate_models(predictions: pd.DataFrame, *, settings: EvaluationSettings) -> pd.DataFrame:
    """Update probabilities on local labels, and report the patients that did not take part.

    Of each test split a share of the patients, drawn with a seed and stratified by class,
    fits the update; the same patients for every model. The others are reported before
    (`update` is `none`) and after it. No reported row has touched its own update. A split
    whose parts would hold fewer patients of a class than the settings ask for is left out
    with a reason.

    Args:
        predictions: Rows of several models of one or more runs.
        settings: Choices of the evaluation.

    Returns:
        A row per run, model with probabilities (own, or of a logistic map), test split and
        `update` (`none`, `intercept`, `intercept_and_slope`): coefficients of the map of
        logits, `n_fitting`, `n_positive_fitting` and `fitting_patients`, a hash of their
        sorted names; `n` and `n_positive` of the reported patients and their calibration.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    rows = [
        keys | row
        for keys, judges in read_judges(predictions, settings=settings)
        for row in _recalibrate_run(judges, settings)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def draw_fitting_patients(
    patients: "pd.Series[int]", *, split: str, settings: CalibrationSettings
) -> set[str]:
    """Draw the patients of a split that fit the update.

    Args:
        patients: Class of each patient of the split, indexed by patient_id.
        split: The split; the draw depends on the seed, the split and the names alone.
        settings: Share and seed.
    """
    drawn: set[str] = set()
    for label, of_class in patients.groupby(patients):
        names = sorted(str(name) for name in of_class.index)
        rng = np.random.default_rng(seed_of(settings.seed, "recalibration", split, int(label)))
        n_fitting = round(settings.local_share * len(names))
        drawn |= {names[at] for at in rng.permutation(len(names))[:n_fitting]}
    return drawn


def _recalibrate_run(judges: Judges, settings: EvaluationSettings) -> Iterator[Row]:
    splits = {split for of_model in judges.values() for split in of_model} - {TRAINING}
    drawn = {
        split: draw_fitting_patients(
            _list_patients(judges, split), split=split, settings=settings.calibration
        )
        for split in splits
    }
    for of_model in judges.values():
        found = find_probabilities(of_model, settings=settings)
        for split, judge in of_model.items():
            if split == TRAINING or found[split].y_prob is None:
                continue
            yield from _recalibrate(judge, found[split], drawn[split], settings=settings)


def _list_patients(judges: Judges, split: str) -> "pd.Series[int]":
    known = {
        name: label
        for of_model in judges.values()
        if split in of_model
        for name, label in zip(
            of_model[split].scores.patient_id, of_model[split].scores.y_true, strict=True
        )
    }
    return pd.Series(known, dtype="int64")


def _recalibrate(
    judge: Judge, found: Probabilities, drawn: set[str], *, settings: EvaluationSettings
) -> Iterator[Row]:
    truth, probability = judge.scores.y_true, found.y_prob
    if probability is None:
        return
    fitting = np.isin(judge.scores.patient_id, sorted(drawn))
    parts = _Parts(fitting, ~fitting)
    head = _describe(judge, parts, settings)
    reason = _find_too_few(truth, parts, settings.calibration)
    if reason:
        yield head | {"update": NONE, "probability_source": found.source, "reason": reason}
        return
    for update in (NONE, *UPDATES):
        row, after = head | {"update": update}, probability
        reasons: list[str] = []
        if update != NONE:
            fitted = fit_recalibration(
                truth[fitting],
                probability[fitting],
                update=update,
                clip=settings.probability_clip,
            )
            row |= _write_map(fitted)
            if fitted.reason:
                reasons.append(f"update: {fitted.reason}")
            if fitted.slope is None:
                yield row | {"reason": "; ".join(reasons)}
                continue
            after = fitted.apply_to_probabilities(probability)
        row |= calibrate(
            truth[parts.reported],
            found._replace(y_prob=after[parts.reported]),
            settings=settings,
            # One name for all updates: they are compared on the same resamples.
            name=f"recalibration/{judge.model}/{judge.split}",
            reasons=reasons,
        )
        yield row | {"reason": "; ".join(reasons)}


def _describe(judge: Judge, parts: _Parts, settings: EvaluationSettings) -> Row:
    scores = judge.scores
    names = sorted(scores.patient_id[parts.fitting])
    return describe_judge(judge) | {
        "n": int(parts.reported.sum()),
        "n_positive": int(scores.y_true[parts.reported].sum()),
        "local_share": settings.calibration.local_share,
        "n_fitting": len(names),
        "n_positive_fitting": int(scores.y_true[parts.fitting].sum()),
        "fitting_patients": hashlib.sha256("\n".join(names).encode()).hexdigest(),
        "map_intercept": None,
        "map_slope": None,
        "map_method": None,
    }


def _find_too_few(
    truth: NDArray[np.int64], parts: _Parts, settings: CalibrationSettings
) -> str | None:
    counts = [
        int((truth[rows] == label).sum())
        for rows in (parts.fitting, parts.reported)
        for label in (0, 1)
    ]
    if min(counts) >= settings.minimum_per_class:
        return None
    return (
        f"not recalibrated: the fitting part has {counts[1]} positive and {counts[0]} negative"
        f" patients, the reported part {counts[3]} and {counts[2]}; each class needs"
        f" {settings.minimum_per_class} in both"
    )


def _write_map(fitted: LogisticMap) -> Row:
    return {
        "map_intercept": fitted.intercept,
        "map_slope": fitted.slope,
        "map_method": fitted.method,
    }
