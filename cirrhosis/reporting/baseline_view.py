"""Table 1 as it is read: a row per variable or word, a column per group of patients."""

from collections.abc import Iterator
from typing import Any

import pandas as pd

from cirrhosis.reporting.display_names import name_split, order_splits
from cirrhosis.reporting.number_text import (
    ABSENT,
    DASH,
    format_count,
    format_number,
    format_p_value,
    format_percent,
    is_missing,
)
from cirrhosis.reporting.table_view import Cell, Column, Row, TableView, list_rows
from cirrhosis.reporting.variable_names import name_level, name_variable

DataRow = dict[str, Any]
BY_SPLIT = "split"
INDENT = "\N{NO-BREAK SPACE}" * 4


def view_baseline(table1: pd.DataFrame) -> TableView:
    """Return the patients of each split; test splits are compared with training.

    Args:
        table1: Rows of `table1.csv`.
    """
    table = table1[table1["grouping"] == BY_SPLIT]
    groups = [name for name in order_splits(table["group"]) if name != "all"]
    rows = [_write_row(lines, groups, is_level=is_level) for lines, is_level in _list_lines(table)]
    headers = [Column("Variable")]
    for group in groups:
        n = table.loc[table["group"] == group, "n_patients"].max()
        headers.append(Column(f"{name_split(group)}, n {format_count(n)}"))
    return TableView(
        "Patients (Table 1): median (quartiles) or n (%); below, missing values, and against"
        " training the standardised difference (SMD) and P, not adjusted for the number of rows.",
        tuple(headers),
        tuple(row for row in rows if row is not None),
    )


def _list_lines(table: pd.DataFrame) -> Iterator[tuple[dict[str, DataRow], bool]]:
    """Yield the rows of one variable or level by group, and whether it is a level."""
    for _, of_variable in table.groupby("variable", sort=False):
        for level, part in of_variable.groupby(of_variable["level"].fillna(""), sort=False):
            yield {str(row["group"]): row for row in list_rows(part)}, bool(level)


def _write_row(lines: dict[str, DataRow], groups: list[str], *, is_level: bool) -> Row | None:
    named = next(iter(lines.values()))
    if not is_level and all(row["n"] == 0 for row in lines.values()):
        # The cohort lacks the column; the CSV says so.
        return None
    title = name_level(named["level"]) if is_level else name_variable(str(named["variable"]))
    # Spaces that a browser keeps.
    cells = [Cell(f"{INDENT}{title}" if is_level else title, str(named["variable"]))]
    cells += [_write_cell(lines.get(group), is_level=is_level) for group in groups]
    return Row(tuple(cells), starts_group=not is_level)


def _write_cell(row: DataRow | None, *, is_level: bool) -> Cell:
    if row is None:
        return Cell(ABSENT)
    return Cell(_summarise(row, is_level=is_level), detail=_compare(row, is_level=is_level))


def _summarise(row: DataRow, *, is_level: bool) -> str:
    if is_level:
        return f"{format_count(row['count'])} ({format_percent(row['share'])} %)"
    if is_missing(row["median"]):
        return f"n {format_count(row['n'])}"
    values = [float(row[name]) for name in ("median", "q1", "q3")]
    digits = 2 if abs(values[0]) < 10 and any(value % 1 for value in values) else 0
    low, high = (format_number(row[name], digits) for name in ("q1", "q3"))
    return f"{format_number(row['median'], digits)} ({low}{DASH}{high})"


def _compare(row: DataRow, *, is_level: bool) -> str:
    parts = []
    if not is_level and row["n_missing"]:
        parts.append(f"missing {format_count(row['n_missing'])}")
    if not is_missing(row["standardised_difference"]):
        parts.append(f"SMD {format_number(row['standardised_difference'])}")
    if not is_missing(row["p_value"]):
        parts.append(f"P {format_p_value(row['p_value'])}")
    return ", ".join(parts)
