"""Views of who took part: flow, balance, failures."""

import pandas as pd

from cirrhosis.reporting.display_names import name_split, order_splits
from cirrhosis.reporting.number_text import format_count, format_percent, format_text
from cirrhosis.reporting.table_view import Row, Shown, TableView, view_table

FLOW = {
    "step": Shown("Step", format_text),
    "excluded": Shown("Excluded", format_count, True),
    "remaining": Shown("Remaining", format_count, True),
}
BALANCE = {
    "split": Shown("Split", name_split),
    "fold": Shown("Fold", format_text),
    "centers": Shown("Centres", format_text),
    "n": Shown("n", format_count, True),
    "n_positive": Shown("Positive", format_count, True),
    "prevalence": Shown("Prevalence, %", format_percent, True),
}
FAILURES = {
    "patient_id": Shown("Patient", format_text),
    "stage": Shown("Stage", format_text),
    "reason": Shown("Reason", format_text),
}


def view_flow(flow: pd.DataFrame) -> TableView:
    """Return who was excluded, step by step."""
    return view_table(flow, FLOW, "Patient flow: each patient is counted under the first reason.")


def view_balance(balance: pd.DataFrame) -> TableView:
    """Return patients and prevalence per split; rows of whole splits stand out."""
    places = {split: at for at, split in enumerate(order_splits(balance["split"]))}
    order = balance["split"].map(places)
    ordered = balance.assign(_place=order).sort_values("_place", kind="stable")
    view = view_table(ordered, BALANCE, "Patients and prevalence in each split and fold.")
    rows = []
    for row, fold in zip(view.rows, ordered["fold"], strict=True):
        is_whole = str(fold) == "all"
        rows.append(Row(row.cells, is_marked=False, starts_group=is_whole))
    return TableView(view.caption, view.columns, tuple(rows))


def view_failures(failures: pd.DataFrame) -> TableView:
    """Return the patients that a stage lost, and why."""
    return view_table(failures, FAILURES, "Patients that a stage could not use.")
