"""Tells the unit of each value of a column that mixes several, by stated rules only."""

from typing import NamedTuple

import pandas as pd

from cirrhosis.clinical.units import find_factor
from cirrhosis.cohort.source_table import is_among, read_numbers
from cirrhosis.cohort.table_import_settings import ColumnSettings, TableFormat, UnitRule


class UnitFinding(NamedTuple):
    """What is known about the unit of each value.

    Attributes:
        unit: Unit of each value, missing where none is known.
        rule: What told it, or why the value is set to missing.
    """

    unit: pd.Series
    rule: pd.Series


def find_units(
    numbers: pd.Series,
    cells: pd.DataFrame,
    settings: ColumnSettings,
    *,
    target: str,
    table_format: TableFormat,
) -> UnitFinding:
    """Return the unit of each value and what told it.

    Args:
        numbers: Values as they stand in the source.
        cells: Every source column of the same rows, as text.
        settings: How the unit is told.
        target: Column of `patients.csv`.
        table_format: How reference limits are written.
    """
    if settings.unit_column is not None:
        return _read_units(cells[settings.unit_column], target=target, name=settings.unit_column)
    if settings.unit_rules:
        return _apply_rules(numbers, cells, settings.unit_rules, table_format)
    return UnitFinding(_fill(numbers, settings.unit or ""), _fill(numbers, "stated"))


def describe_rule(rule: UnitRule) -> str:
    """Return a rule's condition in words."""
    subject = rule.column or "value"
    parts = [f"{subject} is {' or '.join(rule.words)}"] if rule.words else []
    if rule.at_least is not None or rule.below is not None:
        low = "" if rule.at_least is None else f"{rule.at_least:.12g} <= "
        high = "" if rule.below is None else f" < {rule.below:.12g}"
        parts.append(f"{low}{subject}{high}")
    return " and ".join(parts)


def _read_units(printed: pd.Series, *, target: str, name: str) -> UnitFinding:
    unit, rule = _fill(printed, pd.NA), _fill(printed, pd.NA)
    for word in printed.unique():
        rows = printed == word
        try:
            find_factor(column=target, unit=word)
        except ValueError:
            rule[rows] = f"unit unknown: {name} is '{word}'"
        else:
            unit[rows], rule[rows] = word, f"{name} says so"
    return UnitFinding(unit, rule)


def _apply_rules(
    numbers: pd.Series,
    cells: pd.DataFrame,
    rules: tuple[UnitRule, ...],
    table_format: TableFormat,
) -> UnitFinding:
    unit, told = _fill(numbers, pd.NA), _fill(numbers, "unit unknown: no rule fits")
    is_open = pd.Series(True, index=numbers.index)
    for rule in rules:
        fits = is_open & _fit(rule, numbers, cells, table_format)
        unit[fits] = pd.NA if rule.unit is None else rule.unit
        condition = describe_rule(rule)
        told[fits] = condition if rule.drop is None else f"{rule.drop}: {condition}"
        is_open &= ~fits
    return UnitFinding(unit, told)


def _fit(
    rule: UnitRule, numbers: pd.Series, cells: pd.DataFrame, table_format: TableFormat
) -> pd.Series:
    looked_at = numbers if rule.column is None else read_numbers(cells[rule.column], table_format)
    fits = pd.Series(True, index=numbers.index)
    if rule.column is not None and rule.words:
        fits &= is_among(cells[rule.column], rule.words)
    # A missing number compares false, so a missing reference limit fits no range.
    if rule.at_least is not None:
        fits &= looked_at >= rule.at_least
    if rule.below is not None:
        fits &= looked_at < rule.below
    return fits


def _fill(like: pd.Series, value: object) -> pd.Series:
    return pd.Series(value, index=like.index, dtype="string")
