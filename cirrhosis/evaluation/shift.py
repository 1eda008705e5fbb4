"""How test patients differ from those the models were developed on."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.column_summary import list_levels, read_words, summarise_numbers
from cirrhosis.evaluation.facts import ALL, parts_by_split
from cirrhosis.evaluation.group_comparison import COLUMNS as OF_COMPARISON
from cirrhosis.evaluation.group_comparison import compare_counts, compare_numbers
from cirrhosis.evaluation.membership import estimate_membership
from cirrhosis.evaluation.patient_scores import RUN_KEYS, read_runs
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.proportions import proportion_interval

OF_NUMBERS = ("mean", "sd", "median")
OF_WORDS = ("count", "share")
COLUMNS = (
    "kind",
    *RUN_KEYS,
    "variable",
    "level",
    "class",
    "split",
    *(f"{prefix}{name}" for name in ("n", "n_missing") for prefix in ("reference_", "")),
    *(f"{prefix}{name}" for name in (*OF_NUMBERS, *OF_WORDS) for prefix in ("reference_", "")),
    "share_low",
    "share_high",
    "share_method",
    *OF_COMPARISON,
    "distribution_distance",
    "range_low",
    "range_high",
    "outside_share",
    "outside_low",
    "outside_high",
    "auroc",
    "auroc_low",
    "auroc_high",
    "auroc_method",
    "reason",
)
CLASSES = {ALL: (0, 1), "negative": (0,), "positive": (1,)}

Row = dict[str, Any]


class Sides(NamedTuple):
    """One column of training patients and of the patients of a test split.

    Attributes:
        row: What names the comparison.
        reference: Values of training patients, gaps included.
        values: Values of the test patients.
    """

    row: Row
    reference: "pd.Series[Any]"
    values: "pd.Series[Any]"


def describe_shift(
    facts: pd.DataFrame,
    *,
    settings: EvaluationSettings,
    predictions: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Compare every test split with training: patients, scanners, prevalence and scores.

    Args:
        facts: Output of `join_facts`.
        settings: Predictors, scanner columns, range and the model that tells splits apart.
        predictions: Table of `fuse`; with it the models' scores are compared, out-of-fold in
            training against the folds' mean in tests, over all patients and by class. Means
            of several models are narrower than single ones: a spread that shrinks is no
            shift of patients.

    Returns:
        A row per comparison. `kind`: `predictor` and `score` (numbers; `outside_share` is the
        share of test patients outside the central range of training), `scanner` and `call`
        (words; the row without level speaks of all, its `outside_share` of patients with a
        word that training never has), `prevalence`, `membership` (`auroc` of a model that
        tells the split from training). Columns are `COLUMNS`.

    Raises:
        ContractError: If `predictions` breaks its contract.
    """
    parts = parts_by_split(facts)
    training = parts.get(TRAINING, facts.iloc[:0])
    tests = {split: part for split, part in parts.items() if split not in (TRAINING, ALL)}
    rows = [
        row
        for split, part in tests.items()
        for row in _compare_patients(training, part, split, settings)
    ]
    if predictions is not None:
        rows += _compare_scores(predictions, settings)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _compare_patients(
    training: pd.DataFrame, part: pd.DataFrame, split: str, settings: EvaluationSettings
) -> Iterator[Row]:
    wanted = settings.cohort.shift
    columns = [
        *(("predictor", name) for name in wanted.predictors),
        *(("scanner", name) for name in wanted.scanner),
        ("prevalence", "target"),
    ]
    for kind, name in columns:
        row: Row = {"kind": kind, "variable": name, "class": ALL, "split": split}
        if name not in part:
            yield row | {"reason": f"patients.csv has no column '{name}'"}
        elif kind == "predictor":
            yield from (
                _compare_numbers(sides, settings)
                for sides in _by_class(row, training, part, column=name)
            )
        else:
            yield from _compare_words(Sides(row, training[name], part[name]), settings)
    yield _tell_apart(training, part, split, settings)


def _by_class(
    row: Row, training: pd.DataFrame, part: pd.DataFrame, *, column: str
) -> Iterator[Sides]:
    for one_class, labels in CLASSES.items():
        yield Sides(
            row | {"class": one_class},
            training.loc[training["target"].isin(labels), column],
            part.loc[part["target"].isin(labels), column],
        )


def _tell_apart(
    training: pd.DataFrame, part: pd.DataFrame, split: str, settings: EvaluationSettings
) -> Row:
    area = estimate_membership(training, part, settings=settings)
    return {
        "kind": "membership",
        "variable": "+".join(settings.cohort.shift.predictors),
        "class": ALL,
        "split": split,
        "reference_n": len(training),
        "n": len(part),
        "auroc": area.value,
        "auroc_low": area.low,
        "auroc_high": area.high,
        "auroc_method": area.method,
        "reason": area.reason or "",
    }


def _compare_scores(predictions: pd.DataFrame, settings: EvaluationSettings) -> Iterator[Row]:
    for keys, models in read_runs(predictions):
        for model, splits in models.items():
            columns = {
                split: pd.DataFrame({"score": scores.y_score, "target": scores.y_true})
                for split, scores in splits.items()
            }
            training = columns.pop(TRAINING, pd.DataFrame({"score": [], "target": []}))
            for split, part in columns.items():
                is_call = splits[split].score_kind == "call"
                kind = "call" if is_call else "score"
                row = keys | {"kind": kind, "variable": model, "split": split}
                for sides in _by_class(row, training, part, column="score"):
                    if is_call:
                        yield from _compare_words(sides, settings)
                    else:
                        yield _compare_numbers(sides, settings)


def _compare_numbers(sides: Sides, settings: EvaluationSettings) -> Row:
    reference, values = (side.dropna().astype(float) for side in sides[1:])
    of_reference, of_values = summarise_numbers(reference), summarise_numbers(values)
    row = sides.row | _count_gaps(sides)
    for name in OF_NUMBERS:
        row |= {f"reference_{name}": of_reference[name], name: of_values[name]}
    row |= compare_numbers(reference, values, settings=settings).as_row(TRAINING)
    if reference.empty or values.empty:
        return row
    tail = (1 - settings.cohort.shift.central_share) / 2
    low, high = (float(reference.quantile(share)) for share in (tail, 1 - tail))
    n_outside = int(((values < low) | (values > high)).sum())
    return row | {
        "distribution_distance": _distance(reference.to_numpy(), values.to_numpy()),
        "range_low": low,
        "range_high": high,
        **_bound_outside(n_outside, len(values), settings),
    }


def _bound_outside(n_outside: int, n: int, settings: EvaluationSettings) -> Row:
    share = proportion_interval(
        n_outside,
        n,
        method=settings.cohort.share_method,
        confidence_level=settings.confidence_level,
    )
    return {"outside_share": share.value, "outside_low": share.low, "outside_high": share.high}


def _distance(reference: "np.ndarray[Any, Any]", values: "np.ndarray[Any, Any]") -> float:
    """Return the largest distance of two distribution functions (Kolmogorov, Smirnov)."""
    points = np.concatenate([reference, values])
    below = (
        np.searchsorted(np.sort(side), points, side="right") / side.size
        for side in (reference, values)
    )
    return float(np.abs(next(below) - next(below)).max())


def _compare_words(sides: Sides, settings: EvaluationSettings) -> Iterator[Row]:
    reference, values = (read_words(side) for side in sides[1:])
    levels = list_levels([*reference, *values])
    counts = [
        np.array(side.value_counts().reindex(levels, fill_value=0), dtype=np.int64)
        for side in (reference, values)
    ]
    row = sides.row | _count_gaps(sides)
    unseen = int(counts[1][counts[0] == 0].sum())
    yield (
        row
        | compare_counts(*counts, settings=settings).as_row(TRAINING)
        | _bound_outside(unseen, len(values), settings)
    )
    for level, of_reference, count in zip(levels, *counts, strict=True):
        share = proportion_interval(
            int(count),
            len(values),
            method=settings.cohort.share_method,
            confidence_level=settings.confidence_level,
        )
        against = (of_reference, len(reference) - of_reference), (count, len(values) - count)
        distance = compare_counts(*map(np.array, against), settings=settings).distance
        yield row | {
            "level": level,
            "reference_count": int(of_reference),
            "count": int(count),
            "reference_share": of_reference / len(reference) if len(reference) else None,
            "share": share.value,
            "share_low": share.low,
            "share_high": share.high,
            "share_method": share.method,
            "compared_with": TRAINING,
            "standardised_difference": distance.value,
            "standardised_difference_low": distance.low,
            "standardised_difference_high": distance.high,
            "reason": share.reason or distance.reason or "",
        }


def _count_gaps(sides: Sides) -> Row:
    n_reference, n = int(sides.reference.notna().sum()), int(sides.values.notna().sum())
    return {
        "reference_n": n_reference,
        "n": n,
        "reference_n_missing": len(sides.reference) - n_reference,
        "n_missing": len(sides.values) - n,
    }
