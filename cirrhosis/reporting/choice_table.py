"""Views beside the comparison: extra runs, collinearity, hardness."""

from typing import Any

import pandas as pd

from cirrhosis.reporting.display_names import name_method, name_model
from cirrhosis.reporting.number_text import (
    ABSENT,
    format_count,
    format_estimate,
    format_number,
    format_text,
    is_missing,
)
from cirrhosis.reporting.table_view import (
    Cell,
    Column,
    Row,
    Shown,
    TableView,
    view_table,
    write_cell,
)
from cirrhosis.reporting.variable_names import name_variable

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
