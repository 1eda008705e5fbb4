"""Cells of Table 2: each turns a row into text and leaves its footnotes."""

from collections.abc import Callable
from typing import Any

from cirrhosis.reporting.number_text import (
    ABSENT,
    format_count,
    format_estimate,
    format_number,
    format_p_value,
    format_text,
    is_missing,
    is_true,
    write_sentence,
)
from cirrhosis.reporting.reasons import read_reasons
from cirrhosis.reporting.table_view import Cell, Footnotes, write_cell

NO_REASON = "the evaluation gave no reason"
NO_PROBABILITY = "Scores that are no probabilities, and calls, have no calibration."
SAME_ROWS = (
    "Something was chosen on these very rows (here named), so their numbers are optimistic;"
    " compare models on test rows."
)
SOURCES = {
    "youden_on_training_out_of_fold": (
        "Largest Youden index on the training patients' out-of-fold scores, used unchanged on"
        " every split."
    ),
    "the_call_itself": "A call needs no threshold.",
    "call_with_a_score_at_youden_on_training": (
        "A reader's call joined with a score that is called at its own Youden threshold, chosen on"
        " training patients."
    ),
    "none": "There is no threshold.",
}
Maker = Callable[[dict[str, Any], Footnotes], Cell]


def make_estimate(name: str, *, percent: bool = False) -> Maker:
    """Return the maker of `estimate (low to high)`, with its reason and its p value."""

    def make(row: dict[str, Any], notes: Footnotes) -> Cell:
        value, low, high = (row.get(f"{name}{end}") for end in ("", "_low", "_high"))
        marks = _explain(row, name, notes, is_gap=any(map(is_missing, (value, low, high))))
        p_value = row.get(f"{name}_p") if percent else None
        detail = "" if is_missing(p_value) else f"P {format_p_value(p_value)}"
        convention = read_reasons(row.get("reason")).get(f"{name}_p")
        if detail and convention is not None:
            marks += (notes.mark(write_sentence(f"P: {convention}")),)
        text = format_estimate(value, low, high, percent=percent)
        return write_cell(text, value, marks, detail)

    return make


def make_calibration(name: str) -> Maker:
    """Return the maker of a number that only probabilities have."""

    def make(row: dict[str, Any], notes: Footnotes) -> Cell:
        if is_missing(row[name]) and row.get("score_kind") in ("score", "call"):
            return Cell(ABSENT, "", (notes.mark(NO_PROBABILITY),))
        cell = make_estimate(name)(row, notes)
        # The interval goes to a second line: the table is wide.
        value, _, interval = cell.text.partition(" (")
        return cell._replace(text=value, detail=interval.removesuffix(")"))

    return make


def make_within(name: str) -> Maker:
    """Return the maker of a number that only training rows have."""

    def make(row: dict[str, Any], notes: Footnotes) -> Cell:
        reason = read_reasons(row.get("reason")).get(name)
        marks = () if reason is None else (notes.mark(write_sentence(reason)),)
        return write_cell(format_number(row[name]), row[name], marks)

    return make


def write_difference(row: dict[str, Any], notes: Footnotes) -> Cell:
    """Return the difference to the reference model; a dash for the reference itself."""
    value = row["auroc_difference"]
    if not is_missing(value):
        return make_estimate("auroc_difference")(row, notes)
    reasons = read_reasons(row.get("reason"))
    reason = reasons.get("auroc_difference", reasons.get("comparison"))
    return Cell(ABSENT, "", () if reason is None else (notes.mark(write_sentence(reason)),))


def write_p_value(row: dict[str, Any], notes: Footnotes) -> Cell:
    """Return the p value of the difference."""
    return write_cell(format_p_value(row["auroc_p"]), row["auroc_p"])


def write_selection(row: dict[str, Any], notes: Footnotes) -> Cell:
    """Return whether something was chosen on these rows, and what."""
    value = row["selected_on_same_rows"]
    if not is_true(value):
        return write_cell(format_text(value), value)
    what = row.get("selected")
    detail = "" if is_missing(what) else str(what).replace("+", ", ").replace("_", " ")
    return write_cell("yes", value, (notes.mark(SAME_ROWS),), detail)


def write_threshold(row: dict[str, Any], notes: Footnotes) -> Cell:
    """Return the threshold; its source is a footnote."""
    source = row.get("threshold_source")
    marks = []
    if not is_missing(source):
        marks.append(notes.mark(SOURCES.get(str(source), f"Source: {source}.")))
    reason = read_reasons(row.get("reason")).get("threshold")
    if reason is not None:
        marks.append(notes.mark(write_sentence(reason)))
    return write_cell(format_number(row["threshold"], 3), row["threshold"], marks)


def write_counts(row: dict[str, Any], notes: Footnotes) -> Cell:
    """Return the four counts behind the rates."""
    return Cell("/".join(format_count(row[name]) for name in ("tp", "fp", "fn", "tn")))


def _explain(row: dict[str, Any], name: str, notes: Footnotes, *, is_gap: bool) -> tuple[str, ...]:
    reasons = read_reasons(row.get("reason"))
    own = row.get(f"{name}_reason")
    # An estimate at a threshold that is absent is undefined for that reason.
    general = reasons.get("", reasons.get("threshold", NO_REASON)) if is_gap else None
    reason = reasons.get(name, general) if is_missing(own) else str(own)
    return () if reason is None else (notes.mark(write_sentence(reason)),)
