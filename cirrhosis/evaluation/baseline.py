"""The article's Table 1: who the patients are, split by split, compared with training."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cirrhosis.clinical.score_table import ScoreSettings
from cirrhosis.contracts.cohort import FLAG_COLUMNS
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.cohort_settings import BaselineSettings
from cirrhosis.evaluation.column_summary import (
    NUMBER_COLUMNS,
    is_number,
    list_levels,
    read_words,
    split_words,
    summarise_numbers,
)
from cirrhosis.evaluation.derived_columns import REASON, derive_columns
from cirrhosis.evaluation.facts import ALL, included, parts_by_split
from cirrhosis.evaluation.group_comparison import COLUMNS as OF_COMPARISON
from cirrhosis.evaluation.group_comparison import Counts, compare_counts, compare_numbers
from cirrhosis.evaluation.settings import EvaluationSettings

COLUMNS = (
    "variable",
    "kind",
    "level",
    "grouping",
    "group",
    "n_patients",
    "n",
    "n_missing",
    "missing_share",
    "count",
    "share",
    *NUMBER_COLUMNS,
    *OF_COMPARISON,
    "reason",
)
MOST_REASONS = 8
BY_WORD = "cells may hold several words, so each word is tested by itself"
DISTANCE = (
    "compared_with",
    "standardised_difference",
    "standardised_difference_low",
    "standardised_difference_high",
)
OF_LABEL = ("target", "fibrosis_stage")
CLASSES = {"negative": 0, "positive": 1}

Row = dict[str, Any]
Patients = dict[str, "pd.Index[str]"]


class Grouping(NamedTuple):
    """Patients side by side.

    Attributes:
        name: `split` or `class`.
        groups: Patients of each group.
        reference: The group that the others are compared with.
    """

    name: str
    groups: Patients
    reference: str


class Variable(NamedTuple):
    """One column of Table 1.

    Attributes:
        name: Its name.
        kind: `continuous`, `categorical`, `indicator` (several words a cell) or `absent`.
        values: By patient.
        reasons: By patient, why a value is missing, where more is known than that it is.
    """

    name: str
    kind: str
    values: "pd.Series[Any]"
    reasons: "pd.Series[str] | None" = None

    def explain(self, patients: "pd.Index[str]") -> str:
        """Return why values of these patients are missing, the most frequent reason first."""
        if self.reasons is None:
            return ""
        known = self.reasons[self.reasons.index.isin(patients)].dropna()
        counts = known.map(lambda reason: reason.split("; ")).explode().value_counts()
        named = [f"{reason} ({n})" for reason, n in counts.head(MOST_REASONS).items()]
        others = len(counts) - len(named)
        return ", ".join([*named, *([f"{others} more reasons"] if others else [])])


def describe_baseline(facts: pd.DataFrame, *, settings: EvaluationSettings) -> pd.DataFrame:
    """Describe the included patients by split and compare each split with training.

    Numbers: Mann-Whitney and standardised difference. Words: chi-square or Fisher over all
    words, and each word against the rest. `all` holds every included patient and is compared
    with nothing. P values are not adjusted for their number.
    What makes the class is not compared between the classes.

    Args:
        facts: Output of `join_facts`; scores are derived from it.
        settings: Columns and how they are read.

    Returns:
        A row per variable, group and level. The row without `level` speaks of the whole
        variable: gaps, quartiles and mean of a number, the test over all words. `grouping`
        is `split` or `class` (negative and positive training patients). Columns are
        `COLUMNS`.
    """
    scores = ScoreSettings(settings.cohort.ast_upper_limit_u_per_l)
    part = derive_columns(included(facts), scores=scores)
    groupings = list(_list_groupings(facts, settings.cohort.baseline))
    rows = [
        row
        for variable in _read_variables(part, settings.cohort.baseline)
        for grouping in groupings
        if grouping.name != "class" or variable.name not in OF_LABEL
        for row in _describe(variable, grouping, settings)
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _list_groupings(facts: pd.DataFrame, settings: BaselineSettings) -> Iterator[Grouping]:
    parts = {split: part.index for split, part in parts_by_split(facts).items()}
    yield Grouping("split", parts, TRAINING)
    if settings.by_class and TRAINING in parts:
        classes = facts.loc[parts[TRAINING], "target"]
        groups = {name: classes.index[classes == label] for name, label in CLASSES.items()}
        yield Grouping("class", groups, "negative")


def _read_variables(part: pd.DataFrame, settings: BaselineSettings) -> Iterator[Variable]:
    for name in dict.fromkeys([*settings.columns, *settings.further_columns]):
        if name not in part:
            nothing = pd.Series(np.nan, index=part.index)
            why = pd.Series(f"no column '{name}'", index=part.index)
            yield Variable(name, "absent", nothing, why)
            continue
        reasons = part.get(f"{name}{REASON}")
        if name in settings.several_words:
            yield Variable(name, "indicator", read_words(part[name]), reasons)
        elif is_number(part[name]) and name not in (*settings.as_words, *FLAG_COLUMNS):
            yield Variable(name, "continuous", part[name].dropna().astype(float), reasons)
        else:
            yield Variable(name, "categorical", read_words(part[name]), reasons)


def _describe(
    variable: Variable, grouping: Grouping, settings: EvaluationSettings
) -> Iterator[Row]:
    known = variable.values.dropna()
    reference = known[known.index.isin(grouping.groups[grouping.reference])]
    for group, patients in grouping.groups.items():
        values = known[known.index.isin(patients)]
        row: Row = {
            "variable": variable.name,
            "kind": variable.kind,
            "grouping": grouping.name,
            "group": group,
            "n_patients": len(patients),
            "n": len(values),
            "n_missing": len(patients) - len(values),
            "missing_share": 1 - len(values) / len(patients) if len(patients) else None,
            "reason": variable.explain(patients),
        }
        pair = None if group in (grouping.reference, ALL) else Pair(grouping.reference, reference)
        describe = _describe_numbers if variable.kind == "continuous" else _describe_words
        if variable.kind == "absent":
            yield row
        else:
            yield from (_join(row, cells) for cells in describe(variable, values, pair, settings))


class Pair(NamedTuple):
    """What a group is compared with.

    Attributes:
        name: Of the reference group.
        values: Known values of the reference group.
    """

    name: str
    values: "pd.Series[Any]"


def _describe_numbers(
    _: Variable,
    values: "pd.Series[float]",
    pair: Pair | None,
    settings: EvaluationSettings,
) -> Iterator[Row]:
    row: Row = dict(summarise_numbers(values))
    if pair is not None:
        row |= compare_numbers(pair.values, values, settings=settings).as_row(pair.name)
    yield row


def _describe_words(
    variable: Variable,
    values: "pd.Series[str]",
    pair: Pair | None,
    settings: EvaluationSettings,
) -> Iterator[Row]:
    several = variable.kind == "indicator"
    levels = list_levels(split_words(variable.values) if several else variable.values)
    counts = _count(values, levels, several)
    of_pair = None if pair is None else _count(pair.values, levels, several)
    if pair is None or of_pair is None:
        yield {}
    elif several:
        yield {"compared_with": pair.name, "reason": BY_WORD}
    else:
        found = compare_counts(of_pair, counts, settings=settings)
        yield found.as_row(pair.name)
    n = len(values)
    for at, level in enumerate(levels):
        count = int(counts[at])
        row: Row = {"level": level, "count": count, "share": count / n if n else None}
        if pair is not None and of_pair is not None:
            against = np.array([of_pair[at], len(pair.values) - of_pair[at]])
            found = compare_counts(against, np.array([count, n - count]), settings=settings)
            cells = found.as_row(pair.name)
            # The word of a column with one word a cell has no test beside the column's own.
            of_distance = {name: cells[name] for name in DISTANCE}
            of_distance["reason"] = found.distance.reason or ""
            row |= cells if several else of_distance
        yield row


def _count(values: "pd.Series[str]", levels: list[str], several: bool) -> Counts:
    words = split_words(values) if several else values
    counts = words.value_counts().reindex(levels, fill_value=0)
    return np.array(counts, dtype=np.int64)


def _join(row: Row, cells: Row) -> Row:
    """Add cells; why values are missing is said once, in the row of the whole variable."""
    of_variable = "" if cells.get("level") is not None else row["reason"]
    reasons = (of_variable, cells.get("reason", ""))
    return row | cells | {"reason": "; ".join(text for text in reasons if text)}
