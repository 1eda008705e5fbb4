"""Scores and calls by stage of fibrosis, and one stage told from another."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.evaluation.cells import count, estimate_group_area, explain_suppression
from cirrhosis.evaluation.column_summary import list_levels, read_words, summarise_numbers
from cirrhosis.evaluation.estimate_columns import leave_empty, spread
from cirrhosis.evaluation.fibrosis_stages import find_metavir_stages
from cirrhosis.evaluation.judged_patients import JudgedSplit, list_judged_splits, look_up, select
from cirrhosis.evaluation.judges import Row
from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.evaluation.trend import correlate_ranks
from cirrhosis.statistics.estimates import Estimate
from cirrhosis.statistics.proportions import proportion_interval

METAVIR, REPORTED = "metavir_equivalent", "reported"
MISSING = "missing"
QUARTILES = ("median", "q1", "q3", "minimum", "maximum")


class Stages(NamedTuple):
    """Tables by stage.

    Attributes:
        stages: A row per run, model, split and stage.
        contrasts: A row per run, model, split and question about stages.
    """

    stages: pd.DataFrame
    contrasts: pd.DataFrame


def evaluate_stages(
    predictions: pd.DataFrame, facts: pd.DataFrame, *, settings: EvaluationSettings
) -> Stages:
    """Describe each model's scores by stage, and tell stages from each other.

    A model that tells cirrhosis from health may fail where it is asked in practice,
    between the last two stages. Stages are METAVIR equivalents and, by scheme, those
    reported.

    Args:
        predictions: Rows of several models of one or more runs.
        facts: What is known of each patient, from `join_facts`.
        settings: Choices of the evaluation; `stages` and `cells` matter here.

    Returns:
        `stages`: quartiles of the score, the share called positive, and the share called
        rightly, which is sensitivity in a stage of positives and specificity in one of
        negatives (`right_is`). `contrasts`: the area of the highest stage against each
        lower one alone, and Spearman's correlation of score and stage (`trend`).

    Raises:
        ContractError: If a table breaks its contract or a patient has no facts.
    """
    chosen = settings.stages
    metavir = find_metavir_stages(facts, ishak_5_is_cirrhosis=chosen.ishak_5_is_cirrhosis)
    staged = {METAVIR: metavir.astype("string"), REPORTED: _name_reported(facts)}
    stages: list[Row] = []
    contrasts: list[Row] = []
    for judged in list_judged_splits(predictions, models=chosen.models, settings=settings):
        patients = look_up(facts, judged.judge.scores).index
        for kind, names in staged.items():
            stages += _describe_stages(judged, names.loc[patients], kind, settings)
        contrasts += _contrast(judged, metavir.loc[patients], settings)
    numbers = dict.fromkeys(("stage", "against"), "Int64")
    return Stages(pd.DataFrame(stages), pd.DataFrame(contrasts).astype(numbers))


def _name_reported(facts: pd.DataFrame) -> pd.Series:
    empty = pd.Series(pd.NA, index=facts.index, dtype="string")
    if "fibrosis_stage" not in facts:
        return empty
    stage = read_words(facts["fibrosis_stage"]).reindex(facts.index).astype("string")
    scheme = facts.get("fibrosis_scheme", empty).astype("string").str.strip().str.lower()
    return scheme.fillna("no scheme") + " " + stage


def _describe_stages(
    judged: JudgedSplit, names: pd.Series, kind: str, settings: EvaluationSettings
) -> Iterator[Row]:
    for stage in [*list_levels(names.dropna()), MISSING]:
        is_here = (names.isna() if stage == MISSING else names.eq(stage).fillna(False)).to_numpy(
            dtype=bool
        )
        if is_here.any():
            scores = select(judged.judge.scores, is_here)
            head = {"stage_kind": kind, "stage": stage}
            yield judged.name() | head | judged.describe() | _measure(judged, scores, settings)


def _measure(judged: JudgedSplit, scores: PatientScores, settings: EvaluationSettings) -> Row:
    reasons = judged.explain()
    row = count(scores)
    row["suppressed"] = row["n"] < settings.stages.minimum_n
    calls = judged.judge.cut_off.call(scores.y_score)
    if row["suppressed"]:
        reasons.append(f"suppressed: {row['n']} patients, fewer than {settings.stages.minimum_n}")
    elif calls is None:
        reasons.append(f"threshold: {judged.judge.cut_off.reason}")
    numbers = summarise_numbers(pd.Series(scores.y_score))
    row |= {name: None if row["suppressed"] else numbers[name] for name in QUARTILES}
    row["n_called_positive"] = None if calls is None else int(calls.sum())
    row |= _measure_calls(scores, None if row["suppressed"] else calls, settings, reasons)
    return row | {"reason": "; ".join(reasons)}


def _measure_calls(
    scores: PatientScores,
    calls: NDArray[np.int64] | None,
    settings: EvaluationSettings,
    reasons: list[str],
) -> Row:
    classes = set(scores.y_true.tolist())
    name = {(1,): "sensitivity", (0,): "specificity"}.get(tuple(classes), "")
    row: Row = leave_empty("called_positive") | {"right_is": name} | leave_empty("called_rightly")
    if calls is None:
        return row
    bound = partial(
        proportion_interval,
        method=settings.proportion_method,
        confidence_level=settings.confidence_level,
    )
    row |= spread("called_positive", bound(int(calls.sum()), len(calls)), reasons)
    if not name:
        reasons.append("called_rightly: the stage holds patients of both classes")
        return row
    n_right = int((calls == scores.y_true).sum())
    return row | spread("called_rightly", bound(n_right, len(calls)), reasons)


def _contrast(
    judged: JudgedSplit, stages: pd.Series, settings: EvaluationSettings
) -> Iterator[Row]:
    highest = settings.stages.contrast_stage
    scores = judged.judge.scores
    for lower in range(highest - 1, -1, -1):
        is_here = stages.isin([highest, lower]).to_numpy(dtype=bool)
        pair = select(scores, is_here)
        is_highest = stages[is_here].eq(highest).to_numpy(dtype=bool).astype(np.int64)
        yield _tell_apart(judged, pair._replace(y_true=is_highest), (highest, lower), settings)
    is_staged = stages.notna().to_numpy()
    yield _find_trend(judged, select(scores, is_staged), stages[is_staged], settings)


def _tell_apart(
    judged: JudgedSplit,
    pair: PatientScores,
    names: tuple[int, int],
    settings: EvaluationSettings,
) -> Row:
    counts = count(pair)
    problem = explain_suppression(counts, settings.cells)
    empty = Estimate(None, None, None, 0, "none", problem)
    area = empty if problem else estimate_group_area(pair, settings=settings)
    head = {"question": "auroc", "stage": names[0], "against": names[1]}
    found = {
        "suppressed": problem is not None,
        "value": area.value,
        "low": area.low,
        "high": area.high,
        "p": None,
        "method": area.method,
    }
    reasons = {"reason": "; ".join([*judged.explain(), *filter(None, (area.reason,))])}
    return judged.name() | head | judged.describe() | counts | found | reasons


def _find_trend(
    judged: JudgedSplit, scores: PatientScores, stages: pd.Series, settings: EvaluationSettings
) -> Row:
    trend = correlate_ranks(
        stages.to_numpy(dtype=float), scores.y_score, confidence_level=settings.confidence_level
    )
    head = {"question": "trend", "stage": None, "against": None}
    found = {
        "suppressed": False,
        "value": trend.value,
        "low": trend.low,
        "high": trend.high,
        "p": trend.p_value,
        "method": trend.method,
    }
    reasons = {"reason": "; ".join(filter(None, (trend.reason,)))}
    return judged.name() | head | judged.describe() | count(scores) | found | reasons
