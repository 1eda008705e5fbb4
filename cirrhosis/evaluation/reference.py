"""Comparing a model with the reference model on the patients that both have."""

from typing import Any

from cirrhosis.evaluation.judges import Judge
from cirrhosis.evaluation.pair_tests import compare_areas, compare_calls
from cirrhosis.evaluation.patient_scores import intersect
from cirrhosis.evaluation.settings import EvaluationSettings

MEASURES = ("sensitivity", "specificity", "ppv", "npv", "accuracy")
AREA_COLUMNS = ("auroc_difference", "auroc_difference_low", "auroc_difference_high", "auroc_p")

Row = dict[str, Any]


def compare_with_reference(
    judge: Judge, reference: Judge | None, *, settings: EvaluationSettings, reasons: list[str]
) -> Row:
    """Return differences and p values of a model against the reference.

    Areas are compared by paired DeLong (model minus reference), or by permutation where an
    area of 0 or 1 leaves that undefined; sensitivity, specificity and accuracy by McNemar;
    predictive values by the test of the settings.

    Args:
        judge: The model.
        reference: The reference on the same split; None leaves every column empty.
        settings: Choices of the evaluation.
        reasons: Why something is undefined is added here.
    """
    row: Row = {"comparison_n": None, "auroc_p_method": None} | dict.fromkeys(
        (*AREA_COLUMNS, *(f"{name}_{part}" for name in MEASURES for part in ("p", "p_method")))
    )
    if reference is None:
        return row
    shared = intersect(judge.scores, reference.scores)
    row["comparison_n"] = len(shared.y_true)
    if not len(shared.y_true):
        reasons.append("comparison: no patient is shared with the reference model")
        return row
    name = f"{judge.model}/{reference.model}/{judge.split}"
    areas = compare_areas(shared, settings=settings, name=name)
    found = (areas.difference, areas.low, areas.high, areas.p_value)
    row |= dict(zip(AREA_COLUMNS, found, strict=True)) | {"auroc_p_method": areas.method}
    if areas.reason:
        reasons.append(f"auroc_difference: {areas.reason}")
    first, second = judge.cut_off.call(shared.first), reference.cut_off.call(shared.second)
    if first is None or second is None:
        return row
    for measure in MEASURES:
        test = compare_calls(measure, shared.y_true, first, second, settings=settings)
        row |= {f"{measure}_p": test.p_value, f"{measure}_p_method": test.method}
        if test.reason:
            reasons.append(f"{measure}_p: {test.reason}")
    return row
