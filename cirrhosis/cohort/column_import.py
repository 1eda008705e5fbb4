"""One column of `patients.csv` from the cells of the source, each value accounted for."""

from dataclasses import dataclass

import pandas as pd

from cirrhosis.clinical.plausibility import guess_cause
from cirrhosis.clinical.plausible_limits import LIMITS
from cirrhosis.clinical.unit_registry import SAME, UNITS, Factor
from cirrhosis.clinical.units import find_factor, to_table_unit
from cirrhosis.cohort.column_checks import find_kind
from cirrhosis.cohort.source_table import is_among, read_numbers
from cirrhosis.cohort.table_import_settings import ColumnSettings, SourceSettings
from cirrhosis.cohort.unit_rules import find_units
from cirrhosis.contracts.errors import ContractError, first

READ, CONVERTED, CONSTANT = "read", "converted", "constant"
MISSING, SET_TO_MISSING = "missing", "set_to_missing"
OUTCOMES = (READ, CONVERTED, CONSTANT, MISSING, SET_TO_MISSING)
# The contract's way to write several values into one cell.
JOIN = ";"


@dataclass(frozen=True)
class ImportedColumn:
    """Values of a column and what became of each.

    Attributes:
        values: For `patients.csv`; missing where missing.
        source: Cells as they stand in the source.
        outcome: Per row `read`, `converted`, `constant`, `missing` or `set_to_missing`.
        rule: Per row, what led there.
    """

    values: pd.Series
    source: pd.Series
    outcome: pd.Series
    rule: pd.Series


def import_column(target: str, cells: pd.DataFrame, source: SourceSettings) -> ImportedColumn:
    """Return one column of `patients.csv`.

    The column's own words come first, then the words that mean missing, then the unit of
    each value, its conversion and the limits of plausibility.

    Args:
        target: Column of `patients.csv`.
        cells: Every source column, as text.
        source: Settings of the import.
    """
    settings = source.columns[target]
    if settings.column is None:
        return _repeat(settings, cells)
    texts = cells[settings.column]
    account = _Account(texts)
    account.settle(is_among(texts, settings.unwanted), SET_TO_MISSING, "word stated as missing")
    is_listed = is_among(texts, settings.meanings)
    account.settle(
        is_among(texts, source.missing) & ~is_listed, MISSING, "empty or a word that means missing"
    )
    kind = find_kind(target, settings)
    if kind == "text":
        values = _read_texts(texts, settings, account)
    elif kind == "date":
        values = _read_dates(texts, settings, account)
    elif kind == "flag":
        values = _read_flags(texts, source, settings, account)
    else:
        values = _read_amounts(target, cells, source, account)
    lost = account.outcome.isin([MISSING, SET_TO_MISSING])
    return ImportedColumn(values.mask(lost), texts, account.outcome, account.rule)


class _Account:
    """What became of each row; a settled row is not settled again."""

    def __init__(self, cells: pd.Series) -> None:
        self.outcome = pd.Series(pd.NA, index=cells.index, dtype="string")
        self.rule = pd.Series(pd.NA, index=cells.index, dtype="string")

    def settle(self, rows: pd.Series, outcome: str, rule: str | pd.Series) -> None:
        """Settle those of the rows that are still open."""
        rows = rows & self.outcome.isna()
        self.outcome[rows] = outcome
        self.rule[rows] = rule if isinstance(rule, str) else rule[rows]


def _repeat(settings: ColumnSettings, cells: pd.DataFrame) -> ImportedColumn:
    value = settings.constant
    named = f"{value:g}" if isinstance(value, float) else value
    rule = f"assumed for every patient: {named}"
    texts = (pd.Series(text, index=cells.index, dtype="string") for text in (pd.NA, CONSTANT, rule))
    return ImportedColumn(pd.Series(value, index=cells.index), *texts)


def _read_texts(texts: pd.Series, settings: ColumnSettings, account: _Account) -> pd.Series:
    meanings = settings.meanings
    parts = texts.map(
        lambda cell: (
            [cell]
            if settings.separator is None
            else [part.strip() for part in cell.split(settings.separator)]
        )
    )
    if meanings:
        is_known = parts.map(lambda words: all(word.casefold() in meanings for word in words))
        account.settle(~is_known.astype(bool), SET_TO_MISSING, "word not known")
    account.settle(texts.notna(), READ, "recoded" if meanings else "as printed")
    return parts.map(
        lambda words: JOIN.join(meanings.get(word.casefold(), word) for word in words)
    ).astype("string")


def _read_dates(texts: pd.Series, settings: ColumnSettings, account: _Account) -> pd.Series:
    dates = pd.to_datetime(texts, format=settings.date_format, errors="coerce")
    account.settle(dates.isna(), SET_TO_MISSING, f"no date as {settings.date_format}")
    account.settle(dates.notna(), READ, f"date as {settings.date_format}")
    return dates.dt.strftime("%Y-%m-%d").astype("string")


def _read_flags(
    texts: pd.Series, source: SourceSettings, settings: ColumnSettings, account: _Account
) -> pd.Series:
    numbers = _read_numbers(texts, source, settings)
    is_flag = numbers.isin([0, 1])
    account.settle(~is_flag, SET_TO_MISSING, "neither 0 nor 1")
    account.settle(is_flag, READ, "recoded" if settings.meanings else "0 or 1")
    return numbers


def _read_numbers(texts: pd.Series, source: SourceSettings, settings: ColumnSettings) -> pd.Series:
    numbers = read_numbers(texts, source.format)
    for word, meaning in settings.meanings.items():
        numbers[is_among(texts, [word])] = float(meaning)
    return numbers


def _read_amounts(
    target: str, cells: pd.DataFrame, source: SourceSettings, account: _Account
) -> pd.Series:
    settings = source.columns[target]
    numbers = _read_numbers(cells[settings.column], source, settings)
    account.settle(numbers.isna(), SET_TO_MISSING, "no number")
    found = find_units(numbers, cells, settings, target=target, table_format=source.format)
    account.settle(found.unit.isna(), SET_TO_MISSING, found.rule)
    if target not in UNITS:
        account.settle(numbers.notna(), READ, found.rule)
        return numbers
    amounts = numbers.copy()
    how = found.rule.copy()
    is_same = pd.Series(True, index=numbers.index)
    for unit in found.unit.dropna().unique():
        rows = found.unit == unit
        factor = find_factor(column=target, unit=unit)
        amounts[rows] = to_table_unit(numbers[rows], column=target, unit=unit)
        how[rows] = f"{_describe_factor(unit, factor)}, " + found.rule[rows]
        is_same[rows] = factor == SAME
    _judge(amounts, target, source=source, account=account)
    account.settle(~is_same, CONVERTED, how)
    account.settle(is_same, READ, how)
    return amounts


def _judge(amounts: pd.Series, target: str, *, source: SourceSettings, account: _Account) -> None:
    if source.implausible == "keep" or target not in LIMITS:
        return
    low, high = LIMITS[target].low, LIMITS[target].high
    outside = ((amounts < low) | (amounts > high)) & account.outcome.isna()
    if source.implausible == "fail" and outside.any():
        raise ContractError(
            f"source.columns.{target}: expected values from {low:g} to {high:g} after conversion,"
            f" but {int(outside.sum())} lie outside: {first(amounts[outside])}. Correct the unit or"
            " the values, or set `source.implausible` to missing or keep."
        )
    causes = amounts[outside].map(lambda value: guess_cause(target, value))
    rule = f"implausible, outside {low:g} to {high:g}: " + causes.astype("string")
    account.settle(outside, SET_TO_MISSING, rule.reindex(amounts.index))


def _describe_factor(unit: str, factor: Factor) -> str:
    times = "" if factor.times == 1 else f" x {factor.times:g}"
    over = "" if factor.over == 1 else f" / {factor.over:g}"
    return f"{unit or 'pure number'}{times}{over}"
