"""How patients whom a model gets wrong differ from those of their class whom it gets right."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.contracts.cohort import FLAG_COLUMNS
from cirrhosis.evaluation.column_summary import (
    SEPARATOR,
    is_number,
    list_levels,
    read_words,
    split_words,
    summarise_numbers,
)
from cirrhosis.evaluation.group_comparison import compare_counts, compare_numbers
from cirrhosis.evaluation.judges import Row
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.estimates import Comparison

CONTRASTS = {"false_positive": "true_negative", "false_negative": "true_positive"}
SIDES = ("wrong", "right")
QUARTILES = ("median", "q1", "q3")
# Numbers that name a kind, not an amount.
NAMES = ("field_strength_t", "fibrosis_stage", "metavir_equivalent", *FLAG_COLUMNS)


def compare_errors(
    known: pd.DataFrame, outcome: "pd.Series[str]", *, settings: EvaluationSettings
) -> Iterator[Row]:
    """Yield, for both kinds of error and every column, what the groups hold and a p value.

    Numbers have one row: medians and quartiles, Mann-Whitney. Words have a row each:
    counts and shares, with chi-square or Fisher on all words of the column; where cells
    hold several words, each word is tested by itself. Groups below
    `settings.misclassified.minimum_group` are described, not tested.

    Args:
        known: Clinical columns, a row per patient.
        outcome: `true_negative`, `false_positive`, ... of the same patients.
        settings: Choices of the evaluation.
    """
    for wrong, right in CONTRASTS.items():
        of_error = outcome.loc[known.index]
        groups = [known[of_error.eq(name).to_numpy(dtype=bool)] for name in (wrong, right)]
        for column in known.columns:
            head = {"error": wrong, "compared_with": right, "column": column}
            for row in _compare_column(*(group[column] for group in groups), settings=settings):
                yield head | row


def _compare_column(
    wrong: "pd.Series[Any]", right: "pd.Series[Any]", *, settings: EvaluationSettings
) -> Iterator[Row]:
    sides = (wrong, right)
    sizes: Row = {}
    for side, values in zip(SIDES, sides, strict=True):
        sizes |= {f"n_{side}": len(values), f"n_{side}_missing": int(values.isna().sum())}
    n_known = min(int(values.notna().sum()) for values in sides)
    least = settings.misclassified.minimum_group
    is_small = n_known < least
    problem = f"not tested: a group has {n_known} patients with a value, fewer than {least}"
    is_words = wrong.name in NAMES or not is_number(wrong)
    rows = _describe_words(sides, settings) if is_words else _describe_amounts(sides, settings)
    for row in rows:
        yield sizes | (row | {"p": None, "reason": problem} if is_small else row)


def _describe_amounts(
    sides: tuple["pd.Series[Any]", "pd.Series[Any]"], settings: EvaluationSettings
) -> Iterator[Row]:
    numbers = [values.dropna().astype(float) for values in sides]
    row: Row = {"kind": "number", "level": ""}
    for side, values in zip(SIDES, numbers, strict=True):
        found = summarise_numbers(values)
        row |= {f"{part}_{side}": found[part] for part in QUARTILES}
    yield row | _name_test(compare_numbers(numbers[1], numbers[0], settings=settings).test)


def _describe_words(
    sides: tuple["pd.Series[Any]", "pd.Series[Any]"], settings: EvaluationSettings
) -> Iterator[Row]:
    words = [read_words(values) for values in sides]
    n_known = [len(values) for values in words]
    has_several = any(values.str.contains(SEPARATOR, regex=False).any() for values in words)
    words = [split_words(values) for values in words] if has_several else words
    levels = list_levels([*words[0], *words[1]])
    counts = np.array([[(values == level).sum() for level in levels] for values in words])
    whole = None if has_several else compare_counts(counts[1], counts[0], settings=settings).test
    for at, level in enumerate(levels):
        here = counts[:, at]
        row: Row = {"kind": "word", "level": level}
        for side, count, n in zip(SIDES, here.tolist(), n_known, strict=True):
            row |= {f"count_{side}": count, f"share_{side}": count / n if n else None}
        yield row | _name_test(whole or _test_one(here, n_known, settings))


def _test_one(
    here: NDArray[np.int64], n_known: list[int], settings: EvaluationSettings
) -> Comparison:
    wrong, right = np.column_stack([here, np.array(n_known) - here])
    return compare_counts(right, wrong, settings=settings).test


def _name_test(test: Comparison) -> Row:
    return {"p": test.p_value, "method": test.method, "reason": test.reason or ""}
