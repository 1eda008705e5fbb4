"""A part of the page, and the main numbers at its top."""

from dataclasses import dataclass
from typing import NamedTuple

from cirrhosis.reporting.display_names import is_reader, name_rows
from cirrhosis.reporting.drawing import Drawing
from cirrhosis.reporting.number_text import format_count, format_estimate
from cirrhosis.reporting.results_folder import Results
from cirrhosis.reporting.table_view import TableView, list_rows


class Headline(NamedTuple):
    """The main number of one split.

    Attributes:
        split: Its name.
        model: Whose number it is.
        estimate: Area with interval.
        counts: Patients behind it.
    """

    split: str
    model: str
    estimate: str
    counts: str


class Card(NamedTuple):
    """One of the few facts that a section is about.

    Attributes:
        what: What it says.
        value: The fact, large.
        more: Below it, small.
    """

    what: str
    value: str
    more: str


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        anchor: What links point to.
        title: Heading.
        paragraphs: Words before the tables.
        tables: In order.
        folded: Tables that are long and shown on demand.
        drawings: In order.
        links: Files of the results folder.
        cards: Its main facts, shown above everything else.
    """

    anchor: str
    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[TableView, ...] = ()
    folded: tuple[TableView, ...] = ()
    drawings: tuple[Drawing, ...] = ()
    links: tuple[str, ...] = ()
    cards: tuple[Card, ...] = ()


def list_headlines(results: Results) -> list[Headline]:
    """Return the combined model's area on each split, or the first model's that is no reader."""
    rows = [row for row in list_rows(results.table2) if not is_reader(row["model"])]
    named = [row for row in rows if row["model"] == "combined"]
    leading = named or [row for row in rows if row["model"] == rows[0]["model"]]
    return [
        Headline(
            split=name_rows(row["split"]),
            model=str(row["label"]),
            estimate=format_estimate(row["auroc"], row["auroc_low"], row["auroc_high"]),
            counts=f"n {format_count(row['n'])}, {format_count(row['n_positive'])} positive",
        )
        for row in leading
    ]
