"""The article's Table 2: every model on every split, compared with one of them."""

from typing import Any

import pandas as pd

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.area import estimate_area
from cirrhosis.evaluation.cut_off import OUT_OF_FOLD, CutOff, choose_cut_off
from cirrhosis.evaluation.patient_scores import Models, PatientScores, read_runs
from cirrhosis.evaluation.reference import MEASURES, Judge, compare_with_reference
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics import calibration, classification
from cirrhosis.statistics.discrimination import auroc_interval, within_fold_auroc
from cirrhosis.statistics.estimates import Estimate

OF_CALL = "of a yes/no call: equal to balanced accuracy"
OPTIMISTIC = (
    "out-of-fold CNN scores of the fitting folds come from models that saw this fold:"
    " slightly optimistic, compare on test rows"
)

Row = dict[str, Any]


def evaluate_models(predictions: pd.DataFrame, *, settings: EvaluationSettings) -> pd.DataFrame:
    """Estimate the performance of every model on every split.

    Training rows are out-of-fold; test rows are the mean of the folds' scores. The
    threshold of a model is Youden's on its training rows and is used unchanged on every
    split; the calls of readers are taken as they are.

    Args:
        predictions: Rows of several models of one or more runs.
        settings: Choices of the evaluation.

    Returns:
        A row per run, model and split. Each measure has columns `_low`, `_high`, `_method`
        and those of predictive values and calls `_p`, the p value against the reference
        model on shared patients. `auroc_difference` is this model minus the reference.
        `selected_on_same_rows` says whether something was chosen on the rows themselves,
        `selected` what. Undefined is empty, and `reason` says why.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    rows = [
        keys | {"model": model} | row
        for keys, models in read_runs(predictions)
        for model in models
        for row in _evaluate_model(model, models, settings)
    ]
    return pd.DataFrame(rows)


def _evaluate_model(model: str, models: Models, settings: EvaluationSettings) -> list[Row]:
    cut_off = choose_cut_off(models[model])
    reference = models.get(settings.reference_model, {})
    # The reference is not compared with itself.
    other = None if model == settings.reference_model else reference
    rows = []
    for split, scores in models[model].items():
        reasons: list[str] = []
        row = _describe(split, scores)
        row |= _discriminate(scores, settings, reasons)
        row |= _describe_selection(model, scores, cut_off, is_training=split == TRAINING)
        row |= _classify(scores, cut_off, settings, reasons)
        row |= _calibrate(scores, settings, reasons)
        row |= {"reference_model": settings.reference_model}
        row |= compare_with_reference(
            Judge(scores, cut_off),
            Judge(other[split], choose_cut_off(other)) if other and split in other else None,
            settings=settings,
            reasons=reasons,
        )
        if split == TRAINING and model == "combined":
            reasons.append(f"auroc: {OPTIMISTIC}")
        rows.append(row | {"reason": "; ".join(reasons)})
    return rows


def _describe(split: str, scores: PatientScores) -> Row:
    row: Row = {
        "split": split,
        "protocol": scores.protocol,
        "score_kind": scores.score_kind,
        "n": len(scores.y_true),
        "n_positive": int(scores.y_true.sum()),
        "pooled_or_within": "pooled",
        "within_fold_auroc": None,
        "within_fold_n": None,
    }
    if split == TRAINING:
        within = within_fold_auroc(scores.y_true, scores.y_score, scores.fold)
        row |= {"within_fold_auroc": within.value, "within_fold_n": within.n}
    return row


def _discriminate(scores: PatientScores, settings: EvaluationSettings, reasons: list[str]) -> Row:
    truth, score, level = scores.y_true, scores.y_score, settings.confidence_level
    estimate = estimate_area(scores, settings)
    row = _spread("auroc", estimate, reasons)
    if scores.score_kind == "call":
        row["auroc_method"] = f"{estimate.method}, {OF_CALL}"
    # The article's own interval beside the chosen one, so that both can be compared with it.
    exact = auroc_interval(truth, score, method="exact", confidence_level=level)
    return row | {"auroc_exact_low": exact.low, "auroc_exact_high": exact.high}


def _describe_selection(
    model: str, scores: PatientScores, cut_off: CutOff, *, is_training: bool
) -> Row:
    selected = []
    if is_training:
        if cut_off.source == OUT_OF_FOLD:
            selected.append("threshold")
        if scores.protocol == "paper":
            selected.append("epoch")
        if model in ("cnn", "combined"):
            selected.append("combination")
    return {
        "threshold": cut_off.threshold,
        "threshold_source": cut_off.source,
        "threshold_ties": cut_off.n_ties,
        "selected_on_same_rows": bool(selected),
        "selected": "+".join(selected),
    }


def _classify(
    scores: PatientScores, cut_off: CutOff, settings: EvaluationSettings, reasons: list[str]
) -> Row:
    calls = cut_off.call(scores.y_score)
    if calls is None:
        reasons.append(f"threshold: {cut_off.reason}")
        empty = Estimate(None, None, None, 0, "none")
        spread = [_spread(name, empty, reasons) for name in MEASURES]
        counts: Row = dict.fromkeys(("tp", "fp", "fn", "tn"))
    else:
        level = settings.confidence_level
        measures = (getattr(classification, name) for name in MEASURES)
        found = [measure(scores.y_true, calls, confidence_level=level) for measure in measures]
        spread = [_spread(name, one, reasons) for name, one in zip(MEASURES, found, strict=True)]
        counts = classification.confusion_counts(scores.y_true, calls)._asdict()
    return {column: value for part in spread for column, value in part.items()} | counts


def _calibrate(scores: PatientScores, settings: EvaluationSettings, reasons: list[str]) -> Row:
    names = ("brier_score", "observed_to_expected", "calibration_slope", "calibration_in_the_large")
    if scores.score_kind != "probability":
        # A rank or a call has no calibration; nothing is missing.
        empty = Estimate(None, None, None, 0, "")
        return {k: v for name in names for k, v in _spread(name, empty, reasons).items()}
    truth, probability = scores.y_true, scores.y_score
    level, clip = settings.confidence_level, settings.probability_clip
    row: Row = {}
    for name in names:
        options: dict[str, Any] = {"clip": clip} if name.startswith("calibration") else {}
        estimate = getattr(calibration, name)(truth, probability, confidence_level=level, **options)
        row |= _spread(name, estimate, reasons)
    return row


def _spread(name: str, estimate: Estimate, reasons: list[str]) -> Row:
    if estimate.reason:
        reasons.append(f"{name}: {estimate.reason}")
    return {
        name: estimate.value,
        f"{name}_low": estimate.low,
        f"{name}_high": estimate.high,
        f"{name}_n": estimate.n,
        f"{name}_method": estimate.method,
    }
