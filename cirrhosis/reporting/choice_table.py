"""Views of what was compared and chosen: combinations, extra runs, collinearity, hardness."""

from typing import Any

import pandas as pd

from cirrhosis.reporting.display_names import name_method, name_model
from cirrhosis.reporting.number_text import (
    ABSENT,
    MINUS,
    format_count,
    format_estimate,
    format_number,
    format_percent,
    format_text,
    is_missing,
    is_true,
    write_sentence,
)
from cirrhosis.reporting.table_view import (
    Cell,
    Column,
    Footnotes,
    Row,
    Shown,
    TableView,
    list_rows,
    view_table,
    write_cell,
)
from cirrhosis.reporting.variable_names import name_variable

COMBINATIONS = {
    "n": Shown("n", format_count, True),
    "sensitivity": Shown("Sensitivity, %", format_percent, True),
    "specificity": Shown("Specificity, %", format_percent, True),
    "imbalance": Shown(f"|Sens. {MINUS} spec.|", format_percent, True),
    "within_fold_auroc": Shown("Within folds", format_number, True),
    "auroc_difference": Shown("Difference to largest", format_number, True),
    "protocol": Shown("Protocol", format_text),
}
COLLINEARITY = {
    "model": Shown("Model", name_model),
    "fold": Shown("Fold", format_text),
    "variable": Shown("Variable", name_variable),
    "vif": Shown("VIF", format_number, True),
    "beta_per_sd": Shown("|β| per SD", format_number, True),
    "kept": Shown("Kept", format_text),
    "reason": Shown("Why not", format_text),
}
EXTRA_RUNS = {
    "label": Shown("Run", format_text),
    "sequences": Shown("Sequences", format_text),
    "fold": Shown("Held-out fold", format_text),
    "auroc": Shown("AUROC", format_number, True),
    "n": Shown("n", format_count, True),
    "seconds": Shown("Seconds", format_count, True),
}


def view_combinations(combinations: pd.DataFrame, level: str) -> TableView:
    """Return the combinations with the chosen one marked."""
    present = {
        name: shown
        for name, shown in COMBINATIONS.items()
        if name in combinations and combinations[name].notna().any()
    }
    rows, notes = [], Footnotes()
    for row in list_rows(combinations):
        is_chosen = is_true(row["chosen"])
        area = format_estimate(row["auroc"], row["auroc_low"], row["auroc_high"])
        reason = row.get("reason")
        marks = () if is_missing(reason) else (notes.mark(write_sentence(str(reason))),)
        cells = (
            Cell(f"{row['label']}{' (chosen)' if is_chosen else ''}", str(row["label"])),
            write_cell(area, row["auroc"], marks),
            *(write_cell(shown.write(row[name]), row[name]) for name, shown in present.items()),
        )
        rows.append(Row(cells, is_marked=is_chosen))
    headers = (
        Column("Sequences"),
        Column(f"AUROC ({level} interval)", True),
        *(Column(shown.title, shown.is_number) for shown in present.values()),
    )
    caption = "Out-of-fold performance of the CNN with each combination of sequences."
    listed = notes.listed()
    if "note" in combinations:
        listed += tuple(
            ("", write_sentence(str(note))) for note in combinations["note"].dropna().unique()
        )
    return TableView(caption, headers, tuple(rows), listed)


def view_collinearity(collinearity: pd.DataFrame) -> TableView:
    """Return variance inflation factors and which variables left."""
    caption = "Variance inflation factors (VIF) on the fitting rows of each fold."
    return view_table(collinearity, COLLINEARITY, caption)


def view_extra_runs(runs: list[dict[str, Any]]) -> TableView:
    """Return the runs made beside the comparison."""
    table = pd.DataFrame(runs, dtype="object")
    return view_table(table, EXTRA_RUNS, "Single runs beside the comparison; no interval is given.")


def view_hardness(hardness: dict[str, Any], level: str) -> TableView:
    """Return how hard the synthetic cohort is: one row per estimate."""
    rows = []
    for name, content in hardness.items():
        title = name.replace("_", " ")
        if not isinstance(content, dict):
            rows.append(Row((Cell(title, name), Cell(format_text(content)), Cell(""), Cell(""))))
            continue
        area = format_estimate(content.get("value"), content.get("low"), content.get("high"))
        n, method = content.get("n"), content.get("method")
        cells = (
            Cell(title, name),
            write_cell(_explain(area, content), content.get("value")),
            write_cell(format_count(n), n),
            write_cell(ABSENT if is_missing(method) else name_method(str(method)), method),
        )
        rows.append(Row(cells))
    headers = (
        Column("What"),
        Column(f"Value ({level} interval)"),
        Column("n", True),
        Column("Method"),
    )
    caption = "How hard the synthetic cohort is: AUROC of what severity or a shortcut gives away."
    return TableView(caption, headers, tuple(rows))


def _explain(text: str, row: dict[str, Any]) -> str:
    reason = row.get("reason")
    return text if is_missing(reason) else f"{text}: {reason}"
