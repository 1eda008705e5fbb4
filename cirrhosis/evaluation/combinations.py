"""Comparing sequence combinations on out-of-fold rows, and choosing one by a rule."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.area import estimate_area
from cirrhosis.evaluation.cut_off import choose_cut_off
from cirrhosis.evaluation.patient_scores import PatientScores, intersect, read_runs
from cirrhosis.evaluation.reference import AREA_COLUMNS
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.auroc_comparison import compare_auroc_paired
from cirrhosis.statistics.classification import sensitivity, specificity
from cirrhosis.statistics.delong import delong_covariance
from cirrhosis.statistics.discrimination import within_fold_auroc

MODEL = "cnn"
CHOICE_KEYS = ["experiment", "variant", "seed"]
NOTE = (
    "the best was chosen on these rows: a test against it is no valid inference;"
    " compare the chosen combination on test rows"
)

Row = dict[str, Any]


class Candidate(NamedTuple):
    """A combination's row of the table and the scores behind it."""

    row: Row
    scores: PatientScores


def compare_combinations(
    predictions: pd.DataFrame, *, settings: EvaluationSettings
) -> pd.DataFrame:
    """Compare the CNN's sequence combinations and mark the one that the rule chooses.

    Only out-of-fold training rows are looked at. Rules: `auroc` takes the largest pooled
    area. `article` takes, among combinations within `auroc_tolerance` of the largest area,
    the smallest |sensitivity - specificity| at its own Youden threshold; this is our
    reading of "optimal training dataset AUC and balanced sensitivity and specificity".
    `parsimony` takes the fewest sequences within one standard error of the largest area.
    Ties go to the larger area, then to fewer sequences, then by name.

    Args:
        predictions: Rows of the model `cnn`; other models are left aside.
        settings: Choices of the evaluation.

    Returns:
        A row per experiment, variant, seed and combination: area with interval, within-fold
        area, sensitivity, specificity, their `imbalance`, paired DeLong against the largest
        area (this minus largest), `chosen` and the `rule`.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    of_cnn = predictions[(predictions["model"] == MODEL) & (predictions["split"] == TRAINING)]
    found: dict[tuple[object, ...], list[Candidate]] = {}
    for keys, models in read_runs(of_cnn):
        scores = models[MODEL][TRAINING]
        row = keys | _describe(str(keys["sequences"]), scores, settings)
        found.setdefault(tuple(keys[name] for name in CHOICE_KEYS), []).append(
            Candidate(row, scores)
        )
    return pd.DataFrame([row for group in found.values() for row in _rank(group, settings)])


def _describe(sequences: str, scores: PatientScores, settings: EvaluationSettings) -> Row:
    truth, score, level = scores.y_true, scores.y_score, settings.confidence_level
    area = estimate_area(scores, settings)
    within = within_fold_auroc(truth, score, scores.fold)
    cut_off = choose_cut_off({TRAINING: scores})
    row: Row = {
        "protocol": scores.protocol,
        "n_sequences": sequences.count("+") + 1,
        "n": len(truth),
        "n_positive": int(truth.sum()),
        "auroc": area.value,
        "auroc_low": area.low,
        "auroc_high": area.high,
        "auroc_method": area.method,
        "pooled_or_within": "pooled",
        "within_fold_auroc": within.value,
        "threshold": cut_off.threshold,
    }
    calls = cut_off.call(score)
    for name, measure in (("sensitivity", sensitivity), ("specificity", specificity)):
        found = None if calls is None else measure(truth, calls, confidence_level=level)
        row |= {
            name: found and found.value,
            f"{name}_low": found and found.low,
            f"{name}_high": found and found.high,
            f"{name}_method": found and found.method,
        }
    balanced = row["sensitivity"] is not None and row["specificity"] is not None
    row["imbalance"] = abs(row["sensitivity"] - row["specificity"]) if balanced else None
    row["selected_on_same_rows"] = True
    row["selected"] = "+".join(
        ["threshold", "combination", *(["epoch"] if scores.protocol == "paper" else [])]
    )
    row["reason"] = "; ".join(text for text in (area.reason, within.reason, cut_off.reason) if text)
    return row


def _rank(group: list[Candidate], settings: EvaluationSettings) -> list[Row]:
    defined = [one for one in group if one.row["auroc"] is not None]
    best = min(defined, key=lambda one: _order(one.row), default=None)
    chosen = None if best is None else _choose(defined, best, settings)
    return [
        one.row
        | _compare(one, best, settings)
        | {"note": NOTE, "chosen": one.row is chosen, "rule": settings.rule}
        for one in group
    ]


def _compare(one: Candidate, best: Candidate | None, settings: EvaluationSettings) -> Row:
    row: Row = dict.fromkeys(("comparison_n", *AREA_COLUMNS))
    if best is None or one is best:
        return row
    shared = intersect(one.scores, best.scores)
    row["comparison_n"] = len(shared.y_true)
    if len(shared.y_true):
        test = compare_auroc_paired(*shared, confidence_level=settings.confidence_level)
        values = (test.difference, test.low, test.high, test.p_value)
        row |= dict(zip(AREA_COLUMNS, values, strict=True))
    return row


def _choose(defined: list[Candidate], best: Candidate, settings: EvaluationSettings) -> Row:
    rows = [one.row for one in defined]
    top = best.row
    if settings.rule == "article":
        # Rounding must not decide whether a distance of exactly the tolerance counts.
        limit = top["auroc"] - settings.auroc_tolerance - 1e-12
        near = [row for row in rows if row["auroc"] >= limit and row["imbalance"] is not None]
        return min(near, key=lambda row: (row["imbalance"], *_order(row)), default=top)
    if settings.rule == "parsimony":
        covariance = delong_covariance(best.scores.y_true, best.scores.y_score).covariance
        error = 0.0 if covariance is None else float(np.sqrt(covariance[0, 0]))
        near = [row for row in rows if row["auroc"] >= top["auroc"] - error]
        return min(near, key=lambda row: (row["n_sequences"], *_order(row)))
    return top


def _order(row: Row) -> tuple[float, int, str]:
    return -row["auroc"], row["n_sequences"], row["sequences"]
