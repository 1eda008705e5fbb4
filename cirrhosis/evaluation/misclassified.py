"""The article's Table S7: whom a model gets wrong, and how they differ from the others."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.evaluation.error_groups import compare_errors
from cirrhosis.evaluation.fibrosis_stages import find_metavir_stages
from cirrhosis.evaluation.judged_patients import JudgedSplit, list_judged_splits, look_up
from cirrhosis.evaluation.judges import Judge, Row
from cirrhosis.evaluation.patient_scores import RUN_KEYS
from cirrhosis.evaluation.settings import EvaluationSettings

# Truth and call -> what the model did.
OUTCOMES = {
    (0, 0): "true_negative",
    (0, 1): "false_positive",
    (1, 0): "false_negative",
    (1, 1): "true_positive",
}
WRONG = ("false_positive", "false_negative")
# Of a table that has no row, because the model has no threshold.
COLUMNS = ("model", "split", "error", "reason")


class Misclassified(NamedTuple):
    """Tables of errors.

    Attributes:
        patients: A row per run, split and patient whom the model gets wrong.
        differences: A row per run, split, kind of error and value of a column.
    """

    patients: pd.DataFrame
    differences: pd.DataFrame


def list_misclassified(
    predictions: pd.DataFrame, facts: pd.DataFrame, *, settings: EvaluationSettings
) -> Misclassified:
    """List the false positives and negatives of one model, and compare them with the rest.

    Args:
        predictions: Rows of several models of one or more runs.
        facts: What is known of each patient, from `join_facts`.
        settings: Choices of the evaluation; `misclassified` matters here.

    Returns:
        `patients`: score, `distance` from the threshold (positive above it), on test rows
        the spread of the folds' scores and how many folds called positive, the clinical
        columns, and the score and call of every other model. The largest errors come first.
        `differences`: false positives against true negatives and false negatives against
        true positives, column by column, with unadjusted p values; `exploratory` says so.

    Raises:
        ContractError: If a table breaks its contract or a patient has no facts.
    """
    chosen = settings.misclassified
    model = chosen.model or settings.reference_model
    stages = find_metavir_stages(facts, ishak_5_is_cirrhosis=settings.stages.ishak_5_is_cirrhosis)
    shown = facts[[column for column in chosen.columns if column in facts]]
    shown = shown.assign(metavir_equivalent=stages)
    patients: list[pd.DataFrame] = []
    differences: list[Row] = []
    for judged in list_judged_splits(predictions, models=(model,), settings=settings):
        outcome = _judge(judged)
        if outcome is None:
            continue
        known = look_up(shown, judged.judge.scores)
        patients.append(_list(judged, outcome, known, predictions))
        head = judged.name() | judged.describe()
        differences += [
            head | row | {"exploratory": True}
            for row in compare_errors(known, outcome, settings=settings)
        ]
    empty = pd.DataFrame(columns=[*RUN_KEYS, *COLUMNS])
    listed = pd.concat(patients, ignore_index=True) if patients else empty
    return Misclassified(listed, pd.DataFrame(differences) if differences else empty)


def _judge(judged: JudgedSplit) -> "pd.Series[str] | None":
    scores = judged.judge.scores
    calls = judged.judge.cut_off.call(scores.y_score)
    if calls is None:
        return None
    names = [OUTCOMES[pair] for pair in zip(scores.y_true.tolist(), calls.tolist(), strict=True)]
    return pd.Series(names, index=list(scores.patient_id), dtype="string")


def _list(
    judged: JudgedSplit, outcome: "pd.Series[str]", known: pd.DataFrame, predictions: pd.DataFrame
) -> pd.DataFrame:
    scores, threshold = judged.judge.scores, judged.judge.cut_off.threshold
    table = pd.DataFrame({"error": outcome, "y_true": scores.y_true, "y_score": scores.y_score})
    # A call is at the distance of its own cut, one half.
    table["distance"] = table["y_score"] - (0.5 if threshold is None else threshold)
    table = table.join(_spread_over_folds(judged, predictions))
    table = table.join(_ask_others(judged)).join(known)
    wrong = table[table["error"].isin(WRONG)]
    order = wrong["distance"].abs().sort_values(ascending=False, kind="stable").index
    head = pd.DataFrame(judged.name() | judged.describe(), index=order)
    listed = head.join(wrong).rename_axis("patient_id").reset_index()
    return listed.assign(method=judged.judge.cut_off.source, reason="; ".join(judged.explain()))


def _spread_over_folds(judged: JudgedSplit, predictions: pd.DataFrame) -> pd.DataFrame:
    # A patient is in one split only, so the split need not be asked for.
    is_here = predictions["model"].eq(judged.judge.model)
    for key in RUN_KEYS:
        is_here &= predictions[key].eq(judged.keys[key])
    rows = predictions[is_here]
    calls = judged.judge.cut_off.call(rows["y_score"].to_numpy(dtype=np.float64))
    of_patient = rows.assign(call=calls).groupby("patient_id")
    score = of_patient["y_score"]
    # One fold has no spread: pandas gives no standard deviation there.
    return pd.DataFrame(
        {
            "n_folds": score.size(),
            "n_folds_positive": of_patient["call"].sum(),
            "fold_sd": score.std(ddof=1),
            "fold_minimum": score.min(),
            "fold_maximum": score.max(),
        }
    )


def _ask_others(judged: JudgedSplit) -> pd.DataFrame:
    names = list(judged.judge.scores.patient_id)
    columns: dict[str, pd.Series] = {}
    for model, score, call in _list_others(judged):
        columns[f"score_{model}"] = score
        columns[f"call_{model}"] = call
    return pd.DataFrame(columns, index=names).reindex(names)


def _list_others(judged: JudgedSplit) -> Iterator[tuple[str, pd.Series, pd.Series]]:
    for model, splits in judged.judges.items():
        judge: Judge | None = splits.get(judged.judge.split)
        if model == judged.judge.model or judge is None:
            continue
        index = list(judge.scores.patient_id)
        calls = _as_series(judge.cut_off.call(judge.scores.y_score), index)
        yield model, pd.Series(judge.scores.y_score, index=index), calls


def _as_series(calls: NDArray[np.int64] | None, index: list[str]) -> pd.Series:
    if calls is None:
        return pd.Series(pd.NA, index=index, dtype="Int64")
    return pd.Series(calls, index=index, dtype="Int64")
