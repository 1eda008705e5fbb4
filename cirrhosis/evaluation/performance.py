"""The article's Table 2: every model on every split, compared with one of them."""

from typing import Any

import pandas as pd

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.area import estimate_area
from cirrhosis.evaluation.calibration_columns import calibrate
from cirrhosis.evaluation.call_measures import measure_call
from cirrhosis.evaluation.estimate_columns import leave_empty, spread
from cirrhosis.evaluation.judges import (
    Judge,
    Judges,
    describe_judge,
    explain_optimism,
    read_judges,
)
from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.evaluation.probabilities import Probabilities, find_probabilities
from cirrhosis.evaluation.reference import MEASURES, compare_with_reference
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.classification import confusion_counts
from cirrhosis.statistics.discrimination import auroc_interval, within_fold_auroc

OF_CALL = "of a yes/no call: equal to balanced accuracy"

Row = dict[str, Any]


def evaluate_models(predictions: pd.DataFrame, *, settings: EvaluationSettings) -> pd.DataFrame:
    """Estimate the performance of every model on every split.

    Training rows are out-of-fold; test rows are the mean of the folds' scores. The
    threshold of a model is Youden's on its training rows, or a fixed one of the
    configuration, and is used unchanged on every split; the calls of readers are taken as
    they are. Scores that are no probabilities are calibrated after a logistic map fitted on
    training rows, and the methods of those columns say so.

    Args:
        predictions: Rows of several models of one or more runs.
        settings: Choices of the evaluation.

    Returns:
        A row per run, model and split. Each measure has columns `_low`, `_high`, `_n`,
        `_method` and those of predictive values and calls `_p`, the p value against the
        reference model on shared patients. `auroc_difference` is this model minus the
        reference. `selected_on_same_rows` says whether something was chosen on the rows
        themselves, `selected` what. Undefined is empty, and `reason` says why.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    rows = [
        keys | row
        for keys, judges in read_judges(predictions, settings=settings)
        for model in judges
        for row in _evaluate_model(model, judges, settings)
    ]
    return pd.DataFrame(rows)


def _evaluate_model(model: str, judges: Judges, settings: EvaluationSettings) -> list[Row]:
    # The reference is not compared with itself.
    is_reference = model == settings.reference_model
    reference = {} if is_reference else judges.get(settings.reference_model, {})
    probabilities = find_probabilities(judges[model], settings=settings)
    return [
        _evaluate(judge, reference.get(split), probabilities[split], settings=settings)
        for split, judge in judges[model].items()
    ]


def _evaluate(
    judge: Judge,
    reference: Judge | None,
    probabilities: Probabilities,
    *,
    settings: EvaluationSettings,
) -> Row:
    reasons: list[str] = []
    row = describe_judge(judge, also_selected=probabilities.also_selected)
    row |= _describe_within(judge)
    row |= _discriminate(judge.scores, settings, reasons)
    row |= {
        "threshold": judge.cut_off.threshold,
        "threshold_source": judge.cut_off.source,
        "threshold_ties": judge.cut_off.n_ties,
    }
    row |= _classify(judge, settings, reasons)
    name = f"{judge.model}/{judge.split}"
    row |= calibrate(
        judge.scores.y_true, probabilities, settings=settings, name=name, reasons=reasons
    )
    row |= {"reference_model": settings.reference_model}
    row |= compare_with_reference(judge, reference, settings=settings, reasons=reasons)
    optimism = explain_optimism(judge)
    if optimism:
        reasons.append(f"auroc: {optimism}")
    return row | {"reason": "; ".join(reasons)}


def _describe_within(judge: Judge) -> Row:
    if judge.split != TRAINING:
        return {"within_fold_auroc": None, "within_fold_n": None}
    scores = judge.scores
    within = within_fold_auroc(scores.y_true, scores.y_score, scores.fold)
    return {"within_fold_auroc": within.value, "within_fold_n": within.n}


def _discriminate(scores: PatientScores, settings: EvaluationSettings, reasons: list[str]) -> Row:
    truth, score, level = scores.y_true, scores.y_score, settings.confidence_level
    estimate = estimate_area(scores, settings)
    row = spread("auroc", estimate, reasons)
    if scores.score_kind == "call":
        row["auroc_method"] = f"{estimate.method}, {OF_CALL}"
    # The article's own interval beside the chosen one, so that both can be compared with it.
    exact = auroc_interval(truth, score, method="exact", confidence_level=level)
    return row | {"auroc_exact_low": exact.low, "auroc_exact_high": exact.high}


def _classify(judge: Judge, settings: EvaluationSettings, reasons: list[str]) -> Row:
    truth = judge.scores.y_true
    calls = judge.cut_off.call(judge.scores.y_score)
    if calls is None:
        reasons.append(f"threshold: {judge.cut_off.reason}")
        empty = [leave_empty(name) for name in MEASURES]
        counts: Row = dict.fromkeys(("tp", "fp", "fn", "tn"))
        return {column: value for part in empty for column, value in part.items()} | counts
    row: Row = {}
    for name in MEASURES:
        row |= spread(name, measure_call(name, truth, calls, settings=settings), reasons)
    return row | confusion_counts(truth, calls)._asdict()
