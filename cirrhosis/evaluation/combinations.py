"""Comparing sequence combinations on out-of-fold rows, and choosing one by a rule."""

from typing import Any

import pandas as pd

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.area import estimate_area
from cirrhosis.evaluation.cut_off import choose_cut_off
from cirrhosis.evaluation.patient_scores import PatientScores, intersect, read_runs
from cirrhosis.evaluation.reference import AREA_COLUMNS
from cirrhosis.evaluation.selection import Choice, choose_combination
from cirrhosis.evaluation.selection_settings import RULES
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.auroc_comparison import compare_auroc_paired
from cirrhosis.statistics.classification import sensitivity, specificity
from cirrhosis.statistics.discrimination import within_fold_auroc

MODEL = "cnn"
CHOICE_KEYS = ["experiment", "variant", "seed"]
NOTE = (
    "the largest area was found on these rows, so the paired DeLong test against it"
    " (auroc_difference, auroc_p) is no valid inference: even equal combinations differ from"
    " the luckiest one; compare the chosen combination on test rows"
)
OTHER_PATIENTS = "combinations were measured on different patients, which may explain differences"

Row = dict[str, Any]


def compare_combinations(
    predictions: pd.DataFrame,
    *,
    settings: EvaluationSettings,
    groups: "pd.Series[str] | None" = None,
) -> pd.DataFrame:
    """Compare the CNN's sequence combinations and mark the ones that the rules choose.

    Only out-of-fold training rows are looked at. The rules are those of `choose`; the one
    that decides is `settings.rule`.

    Args:
        predictions: Rows of the model `cnn`; other models are left aside.
        settings: Choices of the evaluation.
        groups: Group of each patient, by patient: what is resampled together.

    Returns:
        A row per experiment, variant, seed and combination, the largest area first: area with
        interval, within-fold area, sensitivity, specificity, their `imbalance`, paired DeLong
        against the largest area (this minus `compared_with`); `chosen` by the deciding `rule`
        and by each rule; `chosen_share`, how often the deciding rule chooses it when patients
        are resampled; for the chosen one its area without what the choice added.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    of_cnn = predictions[(predictions["model"] == MODEL) & (predictions["split"] == TRAINING)]
    rows: dict[tuple[object, ...], list[Row]] = {}
    scores: dict[tuple[object, ...], dict[str, PatientScores]] = {}
    for keys, models in read_runs(of_cnn):
        found, group = models[MODEL][TRAINING], tuple(keys[name] for name in CHOICE_KEYS)
        rows.setdefault(group, []).append(keys | _describe(str(keys["sequences"]), found, settings))
        scores.setdefault(group, {})[str(keys["sequences"])] = found
    ranked = (_rank(rows[group], scores[group], settings, groups) for group in rows)
    return pd.DataFrame([row for group in ranked for row in group])


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


def _rank(
    rows: list[Row],
    scores: dict[str, PatientScores],
    settings: EvaluationSettings,
    groups: "pd.Series[str] | None",
) -> list[Row]:
    defined = {row["sequences"]: row for row in rows if row["auroc"] is not None}
    choice = choose_combination(
        {name: scores[name] for name in defined}, settings=settings, groups=groups
    )
    best = choice.by_rule["auroc"]
    ordered = sorted(rows, key=_order)
    different = len({tuple(one.patient_id) for one in scores.values()}) > 1
    return [
        row
        | _compare(row["sequences"], best, scores, settings)
        | {"note": f"{NOTE}; {OTHER_PATIENTS}" if different else NOTE}
        | _mark(row, choice, settings)
        for row in ordered
    ]


def _compare(
    name: str, best: str | None, scores: dict[str, PatientScores], settings: EvaluationSettings
) -> Row:
    row: Row = dict.fromkeys(("compared_with", "comparison_n", *AREA_COLUMNS))
    if best is None or name == best:
        return row
    shared = intersect(scores[name], scores[best])
    row |= {"compared_with": best, "comparison_n": len(shared.y_true)}
    if len(shared.y_true):
        test = compare_auroc_paired(*shared, confidence_level=settings.confidence_level)
        values = (test.difference, test.low, test.high, test.p_value)
        row |= dict(zip(AREA_COLUMNS, values, strict=True))
    return row


def _mark(row: Row, choice: Choice, settings: EvaluationSettings) -> Row:
    name = row["sequences"]
    chosen = name == choice.by_rule[settings.rule]
    marks: Row = {"chosen": chosen, "rule": settings.rule}
    marks |= {f"chosen_by_{rule}": name == choice.by_rule[rule] for rule in RULES}
    marks |= {"chosen_share": choice.shares.get(name), "n_resamples": choice.n_resamples}
    marks |= choice.correction if chosen else dict.fromkeys(choice.correction)
    return marks


def _order(row: Row) -> tuple[float, int, str]:
    area = row["auroc"]
    return float("inf") if area is None else -area, row["n_sequences"], row["sequences"]
