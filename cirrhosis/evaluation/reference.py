"""Comparing a model with the reference model on the patients that both have."""

from collections.abc import Callable
from typing import Any, NamedTuple

from cirrhosis.evaluation.cut_off import CutOff
from cirrhosis.evaluation.patient_scores import PatientScores, intersect
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics import paired
from cirrhosis.statistics.auroc_comparison import compare_auroc_paired
from cirrhosis.statistics.estimates import Comparison

MEASURES = ("sensitivity", "specificity", "ppv", "npv", "accuracy")
AREA_COLUMNS = ("auroc_difference", "auroc_difference_low", "auroc_difference_high", "auroc_p")

Row = dict[str, Any]


class Judge(NamedTuple):
    """A model's scores on a split and the cut-off that makes them calls."""

    scores: PatientScores
    cut_off: CutOff


def compare_with_reference(
    judge: Judge, reference: Judge | None, *, settings: EvaluationSettings, reasons: list[str]
) -> Row:
    """Return differences and p values of a model against the reference.

    Areas are compared by paired DeLong (model minus reference); sensitivity, specificity
    and accuracy by McNemar; predictive values by Kosinski's weighted generalized score.

    Args:
        judge: The model.
        reference: The reference on the same split; None leaves every column empty.
        settings: Choices of the evaluation.
        reasons: Why something is undefined is added here.
    """
    row: Row = {"comparison_n": None} | dict.fromkeys(
        (*AREA_COLUMNS, *(f"{name}_p" for name in MEASURES))
    )
    if reference is None:
        return row
    shared = intersect(judge.scores, reference.scores)
    row["comparison_n"] = len(shared.y_true)
    if not len(shared.y_true):
        reasons.append("comparison: no patient is shared with the reference model")
        return row
    areas = compare_auroc_paired(*shared, confidence_level=settings.confidence_level)
    found = (areas.difference, areas.low, areas.high, areas.p_value)
    row |= dict(zip(AREA_COLUMNS, found, strict=True))
    if areas.reason:
        reasons.append(f"auroc_difference: {areas.reason}")
    first, second = judge.cut_off.call(shared.first), reference.cut_off.call(shared.second)
    if first is None or second is None:
        return row
    for name, test in _list_tests(settings).items():
        comparison = test(shared.y_true, first, second)
        row[f"{name}_p"] = comparison.p_value
        if comparison.reason:
            reasons.append(f"{name}_p: {comparison.reason}")
    return row


def _list_tests(settings: EvaluationSettings) -> dict[str, Callable[..., Comparison]]:
    def by_mcnemar(test: Callable[..., Comparison]) -> Callable[..., Comparison]:
        return lambda *columns: test(*columns, method=settings.mcnemar_method)

    return {
        "sensitivity": by_mcnemar(paired.compare_sensitivity),
        "specificity": by_mcnemar(paired.compare_specificity),
        "ppv": paired.compare_ppv,
        "npv": paired.compare_npv,
        "accuracy": by_mcnemar(paired.compare_accuracy),
    }
