"""A table as the page shows it: text, sort keys and footnotes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from cirrhosis.reporting.number_text import is_missing


class Cell(NamedTuple):
    """One cell.

    Attributes:
        text: What is read.
        sort: What is sorted by, empty for a gap.
        marks: Letters of its footnotes.
        detail: A second, smaller line.
    """

    text: str
    sort: str = ""
    marks: tuple[str, ...] = ()
    detail: str = ""


class Column(NamedTuple):
    """One column.

    Attributes:
        title: Its header.
        is_number: Whether it is aligned and sorted as a number.
    """

    title: str
    is_number: bool = False


class Row(NamedTuple):
    """One row; the first cell names it.

    Attributes:
        cells: In the order of the columns.
        is_marked: Whether the row stands out.
        starts_group: Whether a line separates it from the row above.
    """

    cells: tuple[Cell, ...]
    is_marked: bool = False
    starts_group: bool = False


@dataclass(frozen=True)
class TableView:
    """A table with its caption.

    Attributes:
        caption: What it shows.
        columns: Headers.
        rows: Body.
        notes: Footnotes, each a letter (or nothing) and a text.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[tuple[str, str], ...] = ()


@dataclass
class Footnotes:
    """Letters given to footnotes in order; the same text keeps its letter."""

    texts: list[str] = field(default_factory=list)

    def mark(self, text: str) -> str:
        """Return the letter of a footnote."""
        if text not in self.texts:
            self.texts.append(text)
        return _letter(self.texts.index(text))

    def listed(self) -> tuple[tuple[str, str], ...]:
        """Return letters and texts."""
        return tuple((_letter(at), text) for at, text in enumerate(self.texts))


class Shown(NamedTuple):
    """How a column of a data frame is shown.

    Attributes:
        title: Header.
        write: Turns a value into text.
        is_number: Whether it is sorted as a number.
    """

    title: str
    write: Callable[[Any], str]
    is_number: bool = False


def view_table(table: pd.DataFrame, columns: dict[str, Shown], caption: str) -> TableView:
    """Return a data frame as it is; columns that it does not have are left out."""
    present = {name: shown for name, shown in columns.items() if name in table}
    rows = (
        Row(tuple(write_cell(shown.write(row[name]), row[name]) for name, shown in present.items()))
        for row in list_rows(table)
    )
    headers = tuple(Column(shown.title, shown.is_number) for shown in present.values())
    return TableView(caption, headers, tuple(rows))


def list_rows(table: pd.DataFrame) -> Sequence[dict[str, Any]]:
    """Return the rows as dictionaries."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def write_cell(text: str, value: Any, marks: Sequence[str] = (), detail: str = "") -> Cell:
    """Return a cell that sorts by its value and not by its text."""
    return Cell(text, "" if is_missing(value) else str(value), tuple(marks), detail)


def _letter(at: int) -> str:
    letter = chr(ord("a") + at % 26)
    return letter if at < 26 else _letter(at // 26 - 1) + letter
