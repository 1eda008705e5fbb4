"""Rules added to the prediction table: a reader AND/OR a blood score, columns of the cohort."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.predictions import check_predictions
from cirrhosis.evaluation.comparator_settings import ColumnComparator
from cirrhosis.evaluation.cut_off import choose_cut_off
from cirrhosis.evaluation.patient_scores import RUN_KEYS, Models, Splits, read_runs
from cirrhosis.evaluation.settings import EvaluationSettings

Row = dict[str, Any]
COLUMNS = [*RUN_KEYS, "model", "kind", "definition", "cut_off", "added", "n", "reason"]


class _Comparator(NamedTuple):
    description: Row
    rows: pd.DataFrame | None


def add_comparators(
    predictions: pd.DataFrame, facts: pd.DataFrame, *, settings: EvaluationSettings
) -> pd.DataFrame:
    """Return the predictions with a further model per rule of `settings.comparators`.

    `<reader>_and_<score>` is positive if the reader's call and the score's are, and
    `<reader>_or_<score>` if either is; the score is called at Youden's cut-off on its own
    training rows or at a fixed one. Patients without the score are left out of both. A
    column of `patients.csv` becomes a score, multiplied by -1 where lower values speak for
    the positive class; patients without a value are left out. A rule whose reader, score or
    column is absent is not added, and `describe_comparators` says why.

    Args:
        predictions: Rows of the models of one or more runs.
        facts: What is known of each patient, indexed by patient_id.
        settings: Choices of the evaluation.

    Raises:
        ContractError: If the table breaks the contract of predictions, a rule has the name
            of a model, a predicted patient is absent from `facts`, or a column holds text.
    """
    table = check_predictions(predictions)
    added = [one.rows for one in _list_comparators(table, facts, settings) if one.rows is not None]
    if not added:
        return table
    return check_predictions(pd.concat([table, *added], ignore_index=True), "comparators")


def describe_comparators(
    predictions: pd.DataFrame, facts: pd.DataFrame, *, settings: EvaluationSettings
) -> pd.DataFrame:
    """Return a row per run and rule: definition, whether it was added, n, and why not.

    Args:
        predictions: Rows of the models, before comparators were added.
        facts: What is known of each patient, indexed by patient_id.
        settings: Choices of the evaluation.

    Raises:
        ContractError: As `add_comparators` does.
    """
    table = check_predictions(predictions)
    rows = [one.description for one in _list_comparators(table, facts, settings)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _list_comparators(
    table: pd.DataFrame, facts: pd.DataFrame, settings: EvaluationSettings
) -> Iterator[_Comparator]:
    rules = settings.comparators
    taken = {*rules.joined, *(one.column for one in rules.columns)} & set(table["model"])
    if taken:
        raise ContractError(
            f"expected new names for comparators, but {len(taken)} are models already:"
            f" {first(sorted(taken))}. Comparators are added once; take them out of"
            " evaluation.comparators or name the model otherwise."
        )
    strangers = sorted(set(table["patient_id"]) - set(facts.index.astype(str)))
    if strangers:
        raise ContractError(
            f"expected facts of every predicted patient, but {len(strangers)} have none:"
            f" {first(strangers)}. Use the cohort that the models were trained on."
        )
    known = facts.set_axis(facts.index.astype(str))
    for keys, models in read_runs(table):
        of_run = table[np.logical_and.reduce([table[name] == keys[name] for name in RUN_KEYS])]
        for name, rule in rules.joined.items():
            yield _join(keys | {"model": name}, of_run, models, rule=rule, settings=settings)
        for one in rules.columns:
            yield _read_column(keys | {"model": one.column}, of_run, known, one=one)


def _join(
    row: Row,
    of_run: pd.DataFrame,
    models: Models,
    *,
    rule: tuple[str, str],
    settings: EvaluationSettings,
) -> _Comparator:
    (reader, word), score = rule, settings.comparators.score
    row |= {"kind": "call", "definition": f"{reader} {word.upper()} {score}"}
    absent = [name for name in (reader, score) if name not in models]
    if absent:
        return _leave_out(row, f"there is no model {first(absent)}")
    cut_off = choose_cut_off(models[score], fixed=settings.comparators.fixed_score_cut_off)
    if cut_off.threshold is None:
        return _leave_out(row, f"{score}: {cut_off.reason or 'it has calls and no threshold'}")
    calls = _call_patients(models[score], cut_off.threshold)
    rows = of_run[of_run["model"] == reader]
    rows = rows[rows["patient_id"].isin(calls.index)]
    of_reader = rows["y_score"].to_numpy() >= 0.5
    of_score = calls.loc[rows["patient_id"]].to_numpy()
    joined = (of_reader & of_score if word == "and" else of_reader | of_score).astype(int)
    row["definition"] += f" >= {cut_off.threshold:g} ({cut_off.source})"
    rows = rows.assign(model=row["model"], score_kind="call", y_score=joined, y_pred=joined)
    return _add(row, rows, cut_off.threshold)


def _call_patients(splits: Splits, threshold: float) -> "pd.Series[bool]":
    found = [
        pd.Series(scores.y_score >= threshold, index=scores.patient_id)
        for scores in splits.values()
    ]
    return pd.concat(found)


def _read_column(
    row: Row, of_run: pd.DataFrame, facts: pd.DataFrame, *, one: ColumnComparator
) -> _Comparator:
    meaning = "" if one.sign == 1 else ", so that the score is minus the value"
    definition = f"{one.column}, {one.direction} is positive{meaning}"
    row |= {"kind": "score", "definition": definition}
    if one.column not in facts:
        return _leave_out(row, "patients.csv has no such column")
    values = pd.to_numeric(facts[one.column], errors="coerce").astype(float)
    is_text = facts[one.column].notna() & ~np.isfinite(values)
    if is_text.any():
        raise ContractError(
            f"expected finite numbers in {one.column}, but {int(is_text.sum())} patients have none:"
            f" {first(facts.loc[is_text, one.column])}. Name a column of numbers."
        )
    # One row per patient is enough: the value does not depend on a fold.
    rows = of_run.sort_values(["patient_id", "fold"]).drop_duplicates("patient_id")
    rows = rows.assign(y_score=one.sign * values.loc[rows["patient_id"]].to_numpy())
    rows = rows[rows["y_score"].notna()]
    if rows.empty:
        return _leave_out(row, "no predicted patient has a value")
    if one.cut_off is None:
        calls = pd.Series(pd.NA, index=rows.index, dtype="Int64")
    else:
        calls = (rows["y_score"] >= one.sign * one.cut_off).astype("Int64")
    return _add(row, rows.assign(model=one.column, score_kind="score", y_pred=calls), one.cut_off)


def _add(row: Row, rows: pd.DataFrame, cut_off: float | None) -> _Comparator:
    n = rows["patient_id"].nunique()
    found = {"cut_off": cut_off, "added": True, "n": n, "reason": ""}
    return _Comparator(row | found, rows.assign(protocol="none"))


def _leave_out(row: Row, reason: str) -> _Comparator:
    return _Comparator(row | {"cut_off": None, "added": False, "n": 0, "reason": reason}, None)
