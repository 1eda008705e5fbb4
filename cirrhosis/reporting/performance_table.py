"""Table 2 as two views: the areas under the ROC curve, and the rates at the threshold."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cirrhosis.reporting.display_names import MEASURES, name_method, name_model, name_rows
from cirrhosis.reporting.number_text import format_count, is_missing
from cirrhosis.reporting.performance_cells import (
    Maker,
    make_calibration,
    make_estimate,
    make_within,
    write_counts,
    write_difference,
    write_p_value,
    write_selection,
    write_threshold,
)
from cirrhosis.reporting.table_view import (
    Cell,
    Column,
    Footnotes,
    Row,
    TableView,
    list_rows,
    write_cell,
)

RATES = {
    "sensitivity": "Sensitivity, %",
    "specificity": "Specificity, %",
    "ppv": "PPV, %",
    "npv": "NPV, %",
    "accuracy": "Accuracy, %",
}
COUNTS = ("tp", "fp", "fn", "tn")
Shown = Sequence[tuple[Column, Maker]]


def view_areas(table2: pd.DataFrame, level: str) -> TableView:
    """Return the areas with intervals, the difference to the reference, calibration."""
    reference = _name_reference(table2)
    optional: dict[str, tuple[Column, Maker]] = {
        "auroc_difference": (Column(f"Difference to {reference}", True), write_difference),
        "auroc_p": (Column("P", True), write_p_value),
        "within_fold_auroc": (Column("Within folds", True), make_within("within_fold_auroc")),
        "calibration_slope": (
            Column("Calibration slope", True),
            make_calibration("calibration_slope"),
        ),
        "observed_to_expected": (Column("O:E", True), make_calibration("observed_to_expected")),
        "selected_on_same_rows": (Column("Selected on same rows"), write_selection),
    }
    shown = {name: made for name, made in optional.items() if _has_values(table2, name)}
    pooled = ", ".join(_list_values(table2, "pooled_or_within"))
    area = f"AUROC, {pooled}" if pooled else "AUROC"
    return _view(
        table2,
        [(Column(area, True), make_estimate("auroc")), *shown.values()],
        caption=(
            f"Areas under the ROC curve: estimate ({level} interval). O:E is observed to"
            " expected number of positive patients; 1 is perfect, as for the calibration slope."
        ),
        methods=("auroc", *shown),
    )


def view_rates(table2: pd.DataFrame, level: str) -> TableView:
    """Return sensitivity and the other rates at the threshold, in percent."""
    rates = {name: title for name, title in RATES.items() if name in table2}
    shown: list[tuple[Column, Maker]] = [
        (Column(title, True), make_estimate(name, percent=True)) for name, title in rates.items()
    ]
    if "threshold" in table2:
        shown.insert(0, (Column("Threshold", True), write_threshold))
    if set(COUNTS) <= set(table2.columns):
        shown.append((Column("TP/FP/FN/TN"), write_counts))
    tested = any(f"{name}_p" in table2 for name in rates)
    compared = f" P: paired test against {_name_reference(table2)}." if tested else ""
    caption = f"Rates at the threshold, in percent: estimate ({level} interval).{compared}"
    return _view(table2, shown, caption=caption, methods=tuple(rates))


def describe_methods(table2: pd.DataFrame, names: Sequence[str]) -> str:
    """Return which method gave which numbers, or nothing."""
    parts = []
    for name in names:
        methods = [name_method(method) for method in _list_values(table2, f"{name}_method")]
        parts += [f"{MEASURES.get(name, name)}: {' or '.join(methods)}"] if methods else []
    return f"Methods: {'; '.join(parts)}." if parts else ""


def _view(table2: pd.DataFrame, shown: Shown, *, caption: str, methods: Sequence[str]) -> TableView:
    notes, rows, before = Footnotes(), [], None
    for row in list_rows(table2):
        cells = tuple(maker(row, notes) for _, maker in shown)
        rows.append(Row((*_write_head(row), *cells), starts_group=row["split"] != before))
        before = row["split"]
    headers = (Column("Model and split"), Column("n (positive)", True))
    described = describe_methods(table2, methods)
    listed = (*notes.listed(), *((("", described),) if described else ()))
    return TableView(caption, headers + tuple(column for column, _ in shown), tuple(rows), listed)


def _write_head(row: dict[str, Any]) -> tuple[Cell, ...]:
    counts = f"{format_count(row['n'])} ({format_count(row['n_positive'])})"
    return (
        write_cell(row["label"], row["label"], detail=name_rows(row["split"])),
        write_cell(counts, row["n"]),
    )


def _name_reference(table2: pd.DataFrame) -> str:
    return name_model(", ".join(_list_values(table2, "reference_model")) or "combined")


def _list_values(table: pd.DataFrame, name: str) -> list[str]:
    return sorted(str(value) for value in table[name].dropna().unique()) if name in table else []


def _has_values(table: pd.DataFrame, name: str) -> bool:
    return name in table and not all(is_missing(value) for value in table[name])
