"""Every patient from `patients.csv` to the analysis, each counted once (the article's Fig. 2)."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd

from cirrhosis.clinical.article_inputs import LABS
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.store import GATE_STAGE
from cirrhosis.evaluation.facts import ALL, included, parts_by_split, read_classes
from cirrhosis.evaluation.losses import missing_labs
from cirrhosis.evaluation.settings import EvaluationSettings

COLUMNS = ("step", "kind", "split", "excluded", "remaining", "n_positive", "reason")
START = "in patients.csv"
LABS_STEP = "missing laboratory values"
GATE_STEP = "left out by the limits of image quality"

Row = dict[str, Any]


class Step(NamedTuple):
    """Patients who leave the analysis together; who left before is not counted again.

    Attributes:
        name: What the flow calls it.
        lost: One flag per included patient.
        gaps: Missing values that explain it, one flag per patient and column.
        only_if_any: Whether the flow leaves the step out where it loses nobody.
    """

    name: str
    lost: "pd.Series[bool]"
    gaps: pd.DataFrame | None = None
    only_if_any: bool = False


def trace_patients(
    facts: pd.DataFrame,
    *,
    settings: EvaluationSettings,
    exclusions: pd.DataFrame | None = None,
    failures: pd.DataFrame | None = None,
    left_out: pd.DataFrame | None = None,
    cnn: pd.DataFrame | None = None,
    fused: pd.DataFrame | None = None,
    predictors: Sequence[str] = LABS,
    labels: "pd.Series[int] | None" = None,
) -> pd.DataFrame:
    """Count the patients after every step.

    Args:
        facts: Output of `join_facts`.
        settings: Name the model whose patients are analysed (`reference_model`).
        exclusions: The flow of `split`, which names the rules in their order, also those
            that excluded nobody; without it reasons stand in the order of the patients.
        failures: `failures.csv` of the store.
        left_out: Rows of `left_out.csv` of whom the networks do not use because of a missing
            sequence.
        cnn: Predictions of the networks; a patient without any has no CNN score.
        fused: Predictions of `fuse`; without them whoever has every predictor is analysed.
        predictors: Columns that a forest needs.
        labels: Class by patient, for the excluded ones.

    Returns:
        A row per step and split: `kind` is `start`, `exclusion` (of the whole table),
        `split` (what each begins with), `loss` or `analysed`. `excluded` counts who left in
        the step; `remaining` and `n_positive` who are left, positives as far as classes are
        known. Columns are `COLUMNS`.

    Raises:
        ContractError: If `exclusions` counts other patients than the split file, a
            prediction belongs to nobody who takes part, or `fused` lacks the model.
    """
    if fused is not None:
        fused = _rows_of_model(fused, settings.reference_model)
    classes = read_classes(facts, labels)
    rows = list(_exclude(facts, exclusions, classes))
    remaining = {split: part.index for split, part in parts_by_split(facts).items()}
    rows += [_row(split, "split", split, 0, classes[ids]) for split, ids in remaining.items()]
    for step in _list_steps(included(facts), failures, left_out, cnn, fused, predictors):
        if step.only_if_any and not step.lost[remaining[ALL]].any():
            continue
        for split, ids in remaining.items():
            gone = step.lost[ids]
            remaining[split] = ids[~gone]
            if split != ALL:
                left = classes[remaining[split]]
                reason = _explain(step, ids, imputed=not gone.any())
                rows.append(_row(step.name, "loss", split, int(gone.sum()), left, reason))
    rows += [
        _row("analysed", "analysed", split, 0, classes[ids]) for split, ids in remaining.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _exclude(
    facts: pd.DataFrame, exclusions: pd.DataFrame | None, classes: "pd.Series[int]"
) -> Iterator[Row]:
    reasons = facts["excluded_for"]
    counts = {str(reason): int(n) for reason, n in reasons.value_counts(sort=False).items()}
    rules = dict.fromkeys(counts, "") if exclusions is None else _read_rules(exclusions, counts)
    taking_part = pd.Series(True, index=facts.index)
    yield _row(START, "start", ALL, 0, classes)
    for name, note in rules.items():
        taking_part &= ~(reasons == name).fillna(False).astype(bool)
        yield _row(name, "exclusion", ALL, counts.get(name, 0), classes[taking_part], note)


def _read_rules(exclusions: pd.DataFrame, counts: dict[str, int]) -> dict[str, str]:
    """Return the rules in order, each with a note on who could not be judged by it."""
    rules = exclusions[exclusions["step"] != START]
    if "kind" in rules:
        rules = rules[rules["kind"] == "exclusion"]
    recorded = {str(step): int(n) for step, n in zip(rules["step"], rules["excluded"], strict=True)}
    wrong = [
        f"{step}: {recorded.get(step, 0)} against {counts.get(step, 0)}"
        for step in {**recorded, **counts}
        if recorded.get(step, 0) != counts.get(step, 0)
    ]
    if wrong:
        raise ContractError(
            "expected the recorded flow to count the patients of the split file, but"
            f" {len(wrong)} steps differ: {first(wrong)}. Draw the split again, or remove the"
            " flow file of another split."
        )
    unjudged = rules.get("not_judged", pd.Series(0, index=rules.index)).fillna(0).astype(int)
    notes = [f"{n} stay because the rule's value is missing" if n else "" for n in unjudged]
    return dict(zip(recorded, notes, strict=True))


def _list_steps(
    part: pd.DataFrame,
    failures: pd.DataFrame | None,
    left_out: pd.DataFrame | None,
    cnn: pd.DataFrame | None,
    fused: pd.DataFrame | None,
    predictors: Sequence[str],
) -> Iterator[Step]:
    if failures is not None:
        yield from _steps_of_preparation(part, failures)
    if left_out is not None:
        yield _step_of_sequences(part, left_out)
    if cnn is not None:
        yield Step("no CNN score", ~_has_row(part, _check_known(part, cnn)))
    gaps = missing_labs(part, predictors)
    incomplete = gaps.any(axis=1)
    if fused is None:
        yield Step(LABS_STEP, incomplete, gaps)
        return
    absent = ~_has_row(part, _check_known(part, fused))
    yield Step(LABS_STEP, absent & incomplete, gaps)
    yield Step("no fused score, predictors complete", absent & ~incomplete, only_if_any=True)


def _steps_of_preparation(part: pd.DataFrame, failures: pd.DataFrame) -> Iterator[Step]:
    is_poor = failures["stage"] == GATE_STAGE
    failed = failures[~is_poor]
    if failed.empty:
        yield Step("preparation failed", _has_row(part, failed))
    for stage, rows in failed.groupby(failed["stage"].astype(str)):
        yield Step(f"preparation failed: {stage}", _has_row(part, rows))
    # The limits judge who was prepared, so they come last.
    yield Step(GATE_STEP, _has_row(part, failures[is_poor]), only_if_any=True)


def _step_of_sequences(part: pd.DataFrame, left_out: pd.DataFrame) -> Step:
    lacks = left_out.set_index(left_out["patient_id"].astype(str))["lacks"].astype("string")
    gaps = lacks.reindex(part.index).str.get_dummies("+").astype(bool)
    rule = "".join(f" ({rule})" for rule in sorted(left_out["reason"].unique()))
    return Step(f"lacks a sequence{rule}", _has_row(part, left_out), gaps, only_if_any=True)


def _has_row(part: pd.DataFrame, rows: pd.DataFrame) -> "pd.Series[bool]":
    return pd.Series(part.index.isin(rows["patient_id"].astype(str)), index=part.index)


def _rows_of_model(fused: pd.DataFrame, model: str) -> pd.DataFrame:
    rows = fused[fused["model"] == model]
    if rows.empty:
        raise ContractError(
            f"expected rows of the model '{model}' among the predictions, but they are of"
            f" {first(fused['model'].unique())}; fuse it, or correct `evaluation.reference_model`"
        )
    return rows


def _check_known(part: pd.DataFrame, predictions: pd.DataFrame) -> pd.DataFrame:
    strangers = sorted(set(predictions["patient_id"].astype(str)) - set(part.index))
    if strangers:
        raise ContractError(
            f"expected predictions of included patients, but {len(strangers)} patients take no"
            f" part: {first(strangers)}. Use the split that the models were trained with."
        )
    return predictions


def _explain(step: Step, patients: "pd.Index[str]", *, imputed: bool) -> str:
    if step.gaps is None:
        return ""
    counts = step.gaps.loc[patients].sum()
    named = ", ".join(f"{name} {n}" for name, n in counts.items() if n)
    return f"imputed: {named}" if named and imputed else named


def _row(
    step: str, kind: str, split: str, gone: int, left: "pd.Series[int]", reason: str = ""
) -> Row:
    n_unknown = int(left.isna().sum())
    unknown = f"{n_unknown} of the remaining have no known class" if n_unknown else ""
    return {
        "step": step,
        "kind": kind,
        "split": split,
        "excluded": gone,
        "remaining": len(left),
        "n_positive": int(left.sum()),
        "reason": "; ".join(text for text in (reason, unknown) if text),
    }
