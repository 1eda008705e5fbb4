"""Tables whose cells are made of several columns of a row, such as an estimate with limits."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from cirrhosis.reporting.display_names import name_model, name_rows
from cirrhosis.reporting.number_text import format_estimate, format_p_value, is_missing
from cirrhosis.reporting.table_view import Column, Footnotes, Row, TableView, list_rows, write_cell

DataRow = dict[str, Any]


class Made(NamedTuple):
    """A column made of a row.

    Attributes:
        write: Turns a row into text.
        sort_by: Column that it is sorted by.
        is_number: Whether it is aligned and sorted as a number.
    """

    write: Callable[[DataRow], str]
    sort_by: str
    is_number: bool = False


def text(column: str, write: Callable[[Any], str]) -> Made:
    """Return a column of words."""
    return Made(lambda row: write(row.get(column)), column)


def number(column: str, write: Callable[[Any], str]) -> Made:
    """Return a column of single numbers."""
    return Made(lambda row: write(row.get(column)), column, is_number=True)


def estimate(column: str, *, percent: bool = False, ends: tuple[str, str] | None = None) -> Made:
    """Return a column of estimates with limits from `<column>_low` and `<column>_high`.

    Args:
        column: Of the estimate.
        percent: Whether it is shown in percent.
        ends: Names of the limits, where they are others.
    """
    low, high = ends or (f"{column}_low", f"{column}_high")
    return Made(
        lambda row: format_estimate(row.get(column), row.get(low), row.get(high), percent=percent),
        column,
        is_number=True,
    )


def p_value(column: str) -> Made:
    """Return a column of p values."""
    return number(column, format_p_value)


# What begins most tables: whose number, on which rows.
MODEL = {"Model": text("model", name_model), "Rows": text("split", name_rows)}


def view_rows(
    table: pd.DataFrame,
    columns: Mapping[str, Made],
    caption: str,
    *,
    group_by: str | None = None,
    mark: Callable[[DataRow], bool] = lambda row: False,
) -> TableView:
    """Return a view; reasons of a row become a footnote of its first cell.

    Args:
        table: Rows in the order they are shown.
        columns: Title of each column and how it is made.
        caption: What the table shows.
        group_by: A line separates rows in which this column changes.
        mark: Whether a row stands out.
    """
    rows, notes, before = [], Footnotes(), None
    for row in list_rows(table):
        reason = row.get("reason")
        marks = () if is_missing(reason) else (notes.mark(_end(str(reason))),)
        cells = [
            write_cell(made.write(row), row.get(made.sort_by), marks if at == 0 else ())
            for at, made in enumerate(columns.values())
        ]
        starts = group_by is not None and row[group_by] != before
        before = row[group_by] if group_by is not None else None
        rows.append(Row(tuple(cells), is_marked=mark(row), starts_group=starts))
    headers = tuple(Column(title, made.is_number) for title, made in columns.items())
    return TableView(caption, headers, tuple(rows), notes.listed())


def _end(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}{'' if reason.endswith('.') else '.'}"
