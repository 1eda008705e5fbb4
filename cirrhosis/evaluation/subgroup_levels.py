"""How a clinical column becomes the levels of a subgroup variable."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from cirrhosis.contracts.cohort import PATIENTS
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.column_summary import SEPARATOR, list_levels, read_words
from cirrhosis.evaluation.facts import included
from cirrhosis.evaluation.subgroup_settings import SubgroupVariable

NONE, OTHER = "none", "other"


class Levels(NamedTuple):
    """The level of every patient.

    Attributes:
        of_patient: Text, missing where the cell is, indexed like the facts.
        order: The levels in the order of a table.
        reason: Why there is no level at all, else None.
    """

    of_patient: pd.Series
    order: tuple[str, ...]
    reason: str | None = None


def assign_levels(
    facts: pd.DataFrame, variable: SubgroupVariable, *, maximum_levels: int = 12
) -> Levels:
    """Return the level of every patient.

    A column of the contract that this cohort lacks gives no level and a reason, so that one
    configuration serves every cohort; any other unknown column is an error.

    Raises:
        ContractError: If the column is unknown, is not numeric where it should be, or has
            more than `maximum_levels` levels among the patients who take part.
    """
    if variable.column not in facts:
        return _report_absent(facts, variable.column)
    assign = {"categorical": _by_value, "numeric": _by_cut, "multiple": _by_membership}
    levels = assign[variable.kind](facts, variable)
    present = set(levels.of_patient[facts["excluded_for"].isna()].dropna())
    levels = levels._replace(order=tuple(name for name in levels.order if name in present))
    if len(levels.order) > maximum_levels:
        raise ContractError(
            f"expected at most {maximum_levels} levels of '{variable.column}', but it has"
            f" {len(levels.order)}: {first(levels.order)}. Give it cuts or quantiles under"
            " `subgroups.variables`, or raise `subgroups.maximum_levels`."
        )
    return levels


def _report_absent(facts: pd.DataFrame, column: str) -> Levels:
    if column not in PATIENTS.columns:
        raise ContractError(
            f"expected the column '{column}' in patients.csv, which has"
            f" {first(facts.columns, 12)}; correct its name in the settings of the evaluation"
        )
    empty = pd.Series(pd.NA, index=facts.index, dtype="string")
    return Levels(empty, (), f"the clinical table has no column '{column}'")


def _by_value(facts: pd.DataFrame, variable: SubgroupVariable) -> Levels:
    words = read_words(facts[variable.column]).reindex(facts.index).astype("string")
    levels = _drop_missing_words(words, variable)
    return Levels(levels, tuple(list_levels(levels.dropna())))


def _by_cut(facts: pd.DataFrame, variable: SubgroupVariable) -> Levels:
    values = _read_numbers(facts, variable.column)
    cuts = variable.cuts or _find_quantiles(facts, values, variable.quantiles or 2)
    names = _name_bins(cuts)
    at = np.digitize(values.fillna(0.0), cuts, right=True)
    levels = pd.Series(np.asarray(names)[at], index=facts.index, dtype="string")
    levels = levels.mask(values.isna())
    if variable.absent_column in facts:
        is_absent = _read_numbers(facts, str(variable.absent_column)).eq(0)
        levels = levels.mask(is_absent & (values.isna() | values.eq(0)), NONE)
        return Levels(levels, (NONE, *names))
    return Levels(levels, names)


def _read_numbers(facts: pd.DataFrame, column: str) -> "pd.Series[float]":
    numbers = pd.to_numeric(facts[column], errors="coerce")
    wrong = facts.index[facts[column].notna() & numbers.isna()]
    if len(wrong):
        raise ContractError(
            f"expected numbers in the column '{column}', but {len(wrong)} patients hold something"
            f" else: {first(wrong)}. Correct them, or make the variable categorical."
        )
    return numbers.astype(float)


def _find_quantiles(
    facts: pd.DataFrame, values: "pd.Series[float]", n_groups: int
) -> tuple[float, ...]:
    taking_part = values.loc[included(facts).index]
    training = taking_part[facts.loc[taking_part.index, "split"] == TRAINING].dropna()
    known = training if len(training) else taking_part.dropna()
    if known.empty:
        return (0.0,)
    shares = np.arange(1, n_groups) / n_groups
    return tuple(sorted(set(np.quantile(known, shares).tolist())))


def _name_bins(cuts: tuple[float, ...]) -> tuple[str, ...]:
    between = [f">{low:g} to <={high:g}" for low, high in pairwise(cuts)]
    return (f"<={cuts[0]:g}", *between, f">{cuts[-1]:g}")


def _by_membership(facts: pd.DataFrame, variable: SubgroupVariable) -> Levels:
    wanted = {value.casefold(): value for value in variable.values}

    def name(cell: object) -> str:
        parts = {part.strip().casefold() for part in str(cell).split(SEPARATOR)}
        return "+".join(shown for key, shown in wanted.items() if key in parts) or OTHER

    cells = _drop_missing_words(facts[variable.column].astype("string"), variable)
    levels = cells.map(name, na_action="ignore").astype("string")
    several = sorted(set(levels.dropna()) - set(variable.values) - {OTHER})
    return Levels(levels, (*variable.values, *several, OTHER))


def _drop_missing_words(values: pd.Series, variable: SubgroupVariable) -> pd.Series:
    words = {word.casefold() for word in variable.missing_words}
    return values.mask(values.str.strip().str.casefold().isin(words) | values.eq(""))
