"""Views of the tables about patients: intervals, losses, scanners, shift."""

import pandas as pd

from cirrhosis.reporting.display_names import name_split
from cirrhosis.reporting.number_text import (
    format_count,
    format_number,
    format_percent,
    format_text,
    format_words,
)
from cirrhosis.reporting.row_view import estimate, number, p_value, text, view_rows
from cirrhosis.reporting.table_view import TableView
from cirrhosis.reporting.variable_names import name_variable

ALL = "all"


def view_intervals(intervals: pd.DataFrame) -> TableView:
    """Return the days from MRI and blood tests to the reference standard."""
    columns = {
        "Interval": text("interval", format_words),
        "Split": text("split", name_split),
        "n": number("n", format_count),
        "Missing": number("n_missing", format_count),
        "Median days": number("median_days", format_number),
        "Quartile 1": number("q1_days", format_number),
        "Quartile 3": number("q3_days", format_number),
        "Over the limit": number("n_over_limit", format_count),
        "Share, %": estimate("share_over_limit", percent=True, ends=("share_low", "share_high")),
    }
    return view_rows(intervals, columns, "Days before the reference standard.", group_by="interval")


def view_losses(losses: pd.DataFrame) -> TableView:
    """Return who was lost at each stage, over all centres, by class."""
    # The reason of a loss is a column of its own here and no footnote.
    rows = losses[losses["center"] == ALL].rename(columns={"reason": "lost_for"})
    columns = {
        "Stage": text("stage", format_words),
        "Reason": text("lost_for", format_text),
        "Class": text("class", format_text),
        "Lost": number("n_lost", format_count),
        "Of": number("n", format_count),
        "Share, %": estimate("share", percent=True),
        "P, classes": p_value("class_p_value"),
        "P, centres": p_value("center_p_value"),
    }
    return view_rows(rows, columns, "Losses by stage and class; centre by centre in the CSV.")


def view_scanners(scanners: pd.DataFrame) -> TableView:
    """Return scanner and sequence parameters per split (the article's Table S1)."""
    rows = scanners[(scanners["center"] == ALL)]
    columns = {
        "Parameter": text("variable", name_variable),
        "Split": text("split", name_split),
        "Value": text("level", format_text),
        "n": number("n", format_count),
        "Missing": number("n_missing", format_count),
        "Count": number("count", format_count),
        "Share, %": number("share", format_percent),
        "Median": number("median", format_number),
    }
    return view_rows(rows, columns, "Scanner and sequence parameters (Table S1).")


def view_shift(shift: pd.DataFrame) -> TableView:
    """Return how each test split differs from the training patients."""
    rows = shift[shift["class"].isna() | (shift["class"] == ALL)]
    columns = {
        "Kind": text("kind", format_words),
        "Variable": text("variable", name_variable),
        "Value": text("level", format_text),
        "Split": text("split", name_split),
        "n": number("n", format_count),
        "SMD": estimate("standardised_difference"),
        "Distance of distributions": number("distribution_distance", format_number),
        "P": p_value("p_value"),
        "AUROC of telling them apart": estimate("auroc"),
    }
    return view_rows(rows, columns, "Shift between training patients and each test split.")
