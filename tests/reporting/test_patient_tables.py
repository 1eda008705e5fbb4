"""Views of the tables about patients, by hand-worked rows."""

from typing import Any

import pandas as pd

from cirrhosis.reporting.number_text import DASH
from cirrhosis.reporting.patient_tables import view_intervals, view_losses, view_scanners
from cirrhosis.reporting.table_view import TableView

LOSS = {
    "center": "all",
    "class": "positive",
    "stage": "no_mri",
    "reason": "no MRI was made",
    "n_lost": 3,
    "n": 12,
    "share": 0.25,
    "share_low": 0.09,
    "share_high": 0.53,
    "class_p_value": 0.04,
    "center_p_value": pd.NA,
}
SCANNER = {
    "center": "all",
    "split": "external",
    "variable": "mri_vendor",
    "level": "A",
    "n": 8,
    "n_missing": 1,
    "count": 3,
    "share": 0.375,
    "median": pd.NA,
}


def cells(view: TableView) -> list[dict[str, str]]:
    titles = [column.title for column in view.columns]
    return [dict(zip(titles, (cell.text for cell in row.cells), strict=True)) for row in view.rows]


def test_the_reason_of_a_loss_is_a_column_and_no_footnote() -> None:
    rows = [LOSS, LOSS | {"reason": pd.NA}, LOSS | {"center": "1"}]
    view = view_losses(pd.DataFrame(rows))
    first, second = cells(view)
    assert list(first)[:2] == ["Stage", "Reason"]
    assert (first["Stage"], first["Reason"]) == ("no mri", "no MRI was made")
    assert second["Reason"] == DASH
    assert first["Share, %"] == f"25 (9{DASH}53)"
    assert view.notes == ()


def test_shares_are_percent_and_a_gap_is_a_dash() -> None:
    rows = [SCANNER, SCANNER | {"count": pd.NA, "share": pd.NA, "median": 1.5}]
    first, second = cells(view_scanners(pd.DataFrame(rows)))
    assert (first["Share, %"], first["Median"]) == ("38", DASH)
    assert (second["Share, %"], second["Median"]) == (DASH, "1.50")


def test_a_name_that_is_missing_is_a_dash() -> None:
    row: dict[str, Any] = {"interval": pd.NA, "split": "training", "n": 0}
    [shown] = cells(view_intervals(pd.DataFrame([row])))
    assert shown["Interval"] == DASH
