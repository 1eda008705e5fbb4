"""The paired difference to the reference model inside one group of patients."""

from cirrhosis.evaluation.judged_patients import JudgedSplit
from cirrhosis.evaluation.judges import Row
from cirrhosis.evaluation.pair_tests import compare_areas
from cirrhosis.evaluation.patient_scores import PatientScores, intersect
from cirrhosis.evaluation.settings import EvaluationSettings

COLUMNS = (
    "reference_model",
    "model_difference",
    "model_difference_low",
    "model_difference_high",
    "model_difference_p",
    "model_difference_n",
    "model_difference_method",
)


def compare_in_group(
    judged: JudgedSplit,
    group: PatientScores,
    *,
    label: str,
    is_suppressed: bool,
    settings: EvaluationSettings,
    reasons: list[str],
) -> Row:
    """Return the area of a model minus the reference's on a group's shared patients.

    Args:
        judged: The model on a split.
        group: The patients of the split who belong to the group.
        label: Name of the group, on which the seed of a permutation test depends.
        is_suppressed: Whether the group is too small for estimates.
        settings: Choices of the evaluation.
        reasons: Why something is undefined is added here.
    """
    reference_model, judge = settings.reference_model, judged.judge
    row: Row = dict.fromkeys(COLUMNS) | {"reference_model": reference_model}
    # The reference is not compared with itself.
    others = {} if judge.model == reference_model else judged.judges.get(reference_model, {})
    reference = others.get(judge.split)
    if reference is None or is_suppressed:
        return row
    shared = intersect(group, reference.scores)
    row["model_difference_n"] = len(shared.y_true)
    if not 0 < shared.y_true.sum() < len(shared.y_true):
        reasons.append("model_difference: no class or only one is shared with the reference model")
        return row
    name = "/".join((*judged.label(), label))
    test = compare_areas(shared, settings=settings, name=name)
    if test.reason:
        reasons.append(f"model_difference: {test.reason}")
    found = (test.difference, test.low, test.high, test.p_value)
    row |= dict(zip(COLUMNS[1:5], found, strict=True))
    return row | {"model_difference_method": test.method}
