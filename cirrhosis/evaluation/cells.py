"""Discrimination and calls in one group of patients, or why there is nothing to say."""

from dataclasses import replace

from cirrhosis.evaluation.area import estimate_area
from cirrhosis.evaluation.call_measures import measure_call
from cirrhosis.evaluation.cell_settings import CellSettings
from cirrhosis.evaluation.cut_off import CutOff
from cirrhosis.evaluation.estimate_columns import leave_empty, spread
from cirrhosis.evaluation.judges import Row
from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.estimates import Estimate

NO_WIDTH = "an area of exactly {area:g} has no variance, so this interval has no width"


def measure_cell(
    scores: PatientScores, cut_off: CutOff, *, settings: EvaluationSettings, reasons: list[str]
) -> Row:
    """Return counts, area, sensitivity and specificity of a group, each with its interval.

    A group below the limits of `settings.cells` keeps its counts and has no estimate. An
    area of exactly 0 or 1 keeps its value without limits: an interval without width would
    claim a certainty that a small group does not give.

    Args:
        scores: The group's patients; may be none.
        cut_off: The model's cut-off.
        settings: Choices of the evaluation.
        reasons: Why something is undefined is added here.
    """
    row = count(scores)
    problem = explain_suppression(row, settings.cells)
    row["suppressed"] = problem is not None
    if problem is not None:
        reasons.append(problem)
        names = ("auroc", "sensitivity", "specificity")
        return row | {k: v for name in names for k, v in leave_empty(name).items()}
    row |= spread("auroc", estimate_group_area(scores, settings=settings), reasons)
    return row | _classify(scores, cut_off, settings, reasons)


def count(scores: PatientScores) -> Row:
    """Return `n`, `n_positive` and `n_negative`."""
    n, n_positive = len(scores.y_true), int(scores.y_true.sum())
    return {"n": n, "n_positive": n_positive, "n_negative": n - n_positive}


def explain_suppression(counts: Row, cells: CellSettings) -> str | None:
    """Return why a group of these counts has no estimates, or None if it has."""
    rarer = min(counts["n_positive"], counts["n_negative"])
    if counts["n"] < cells.minimum_n:
        return f"suppressed: {counts['n']} patients, fewer than {cells.minimum_n}"
    if rarer < cells.minimum_rarer_class:
        return (
            f"suppressed: {rarer} patients of the rarer class, fewer than"
            f" {cells.minimum_rarer_class}"
        )
    return None


def estimate_group_area(scores: PatientScores, *, settings: EvaluationSettings) -> Estimate:
    """Return the area with the interval for a group of this size; never one without width."""
    cells = settings.cells
    counts = count(scores)
    is_small = min(counts["n_positive"], counts["n_negative"]) < cells.small_group_rarer_class
    if is_small and cells.small_group_auroc_method is not None:
        settings = replace(settings, auroc_method=cells.small_group_auroc_method)
    area = estimate_area(scores, settings)
    if area.value is not None and area.low == area.high:
        return replace(area, low=None, high=None, reason=NO_WIDTH.format(area=area.value))
    return area


def _classify(
    scores: PatientScores, cut_off: CutOff, settings: EvaluationSettings, reasons: list[str]
) -> Row:
    calls = cut_off.call(scores.y_score)
    if calls is None:
        reasons.append(f"threshold: {cut_off.reason}")
        return leave_empty("sensitivity") | leave_empty("specificity")
    return spread(
        "sensitivity", measure_call("sensitivity", scores.y_true, calls, settings=settings), reasons
    ) | spread(
        "specificity", measure_call("specificity", scores.y_true, calls, settings=settings), reasons
    )
