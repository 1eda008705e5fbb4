"""What can be known to be wrong about a column's settings before a value is read."""

from cirrhosis.clinical.unit_registry import UNITS
from cirrhosis.clinical.units import find_factor
from cirrhosis.cohort.table_import_settings import ColumnSettings
from cirrhosis.contracts.cohort import (
    COUNT_COLUMNS,
    FLAG_COLUMNS,
    POSITIVE_COLUMNS,
    TEXT_COLUMNS,
)
from cirrhosis.contracts.errors import ContractError, first


def find_kind(target: str, settings: ColumnSettings) -> str:
    """Return the kind of a column: the contract's, or the stated one.

    Raises:
        ContractError: If the contract does not know the column and no kind is stated.
    """
    if target in (*POSITIVE_COLUMNS, *COUNT_COLUMNS):
        return "number"
    if target in FLAG_COLUMNS:
        return "flag"
    if target in TEXT_COLUMNS:
        return "date" if target.endswith("_date") else "text"
    if settings.kind is None:
        raise ContractError(
            f"source.columns.{target}: expected `kind` (text, number, flag or date), because the"
            " contract of patients.csv does not know this column"
        )
    return settings.kind


def check_column(target: str, settings: ColumnSettings) -> None:
    """Refuse settings that leave the kind or the unit of a column open.

    Raises:
        ContractError: If the kind is not stated for a column that the contract does not
            know, or a unit is unknown, lacking, or given to a column without units.
    """
    find_kind(target, settings)
    if settings.constant is not None:
        return
    if target in UNITS:
        _check_convertible(target, settings)
    else:
        _check_plain(target, settings)


def _check_convertible(target: str, settings: ColumnSettings) -> None:
    stated = [settings.unit, *(rule.unit for rule in settings.unit_rules)]
    is_told = settings.unit_column is not None or bool(settings.unit_rules)
    if settings.unit is None and not is_told and "" not in UNITS[target]:
        raise ContractError(
            f"source.columns.{target}: expected `unit`, `unit_column` or `unit_rules`, because"
            f" no unit is guessed; known units: {first(UNITS[target], 30)}"
        )
    for unit in stated:
        if unit is None:
            continue
        try:
            find_factor(column=target, unit=unit)
        except ValueError as error:
            raise ContractError(f"source.columns.{target}: {error}") from error


def _check_plain(target: str, settings: ColumnSettings) -> None:
    units = {rule.unit for rule in settings.unit_rules if rule.unit is not None}
    if settings.unit is not None or settings.unit_column is not None or len(units) > 1:
        raise ContractError(
            f"source.columns.{target}: expected no unit to convert from, because only"
            f" {first(UNITS, 30)} have one; write the unit into the column's name, and sort out"
            " values of other units with `unit_rules`"
        )
