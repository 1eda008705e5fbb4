"""Areas of one model on one split in every subgroup, one line each."""

from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirrhosis.reporting.display_names import name_method, name_model, name_rows
from cirrhosis.reporting.drawing import Drawing
from cirrhosis.reporting.house_style import GRID, INK, MUTED, draw, look_of
from cirrhosis.reporting.number_text import (
    format_count,
    format_estimate,
    format_p_value,
    is_missing,
    is_true,
)
from cirrhosis.reporting.table_view import list_rows
from cirrhosis.reporting.variable_names import name_level, name_variable

OVERALL = "overall"
Row = dict[str, Any]
# Parts of the width: names and counts, plot, numbers.
WIDTHS = (2.7, 3.0, 2.0)
# Columns of text, in parts of their side.
NAME_AT, N_AT, AREA_AT, P_AT = 0.0, 0.97, 0.0, 0.74


class _Panels(NamedTuple):
    left: Axes
    plot: Axes
    right: Axes


def draw_forest(
    forest: pd.DataFrame, *, model: str, split: str, level: str, is_synthetic: bool
) -> Drawing:
    """Return the figure of a model on a split.

    Args:
        forest: Rows of `forest.csv`.
        model: Which model.
        split: Which split.
        level: Of the intervals, in words.
        is_synthetic: Whether the figure says so.
    """
    own = forest[(forest["model"] == model) & (forest["split"] == split)]
    rows = list_rows(own[~own["is_missing"].map(is_true)])
    lines = _arrange(rows)
    whole = next((row for row in rows if row["variable"] == OVERALL), None)

    def paint(figure: Figure) -> None:
        panels = _Panels(*figure.subplots(1, 3, sharey=True, width_ratios=WIDTHS))
        _prepare(panels, len(lines), level, lowest=own["auroc_low"].min())
        if whole is not None and not is_missing(whole["auroc"]):
            panels.plot.axvline(whole["auroc"], color=MUTED, linewidth=0.9, linestyle=(0, (4, 2)))
        for at, (text, row) in enumerate(lines):
            _draw_line(panels, at, text, row, model)

    title = f"Subgroups, {name_model(model)}, {name_rows(split)}"
    listed = "; ".join(
        f"{name_variable(row['variable'])} {name_level(row['level'])} {_describe(row)}"
        for row in rows
    )
    methods = ", ".join(sorted({name_method(str(one)) for one in own["auroc_method"].dropna()}))
    return Drawing(
        name=f"forest_{model}_{split}",
        title=title,
        alt=f"{title}. Area under the ROC curve: {listed}.",
        caption=(
            f"Area under the ROC curve with its {level} interval ({methods}); n with the number of"
            " positive patients. Groups below the limits of size have counts only. P: unadjusted"
            " test that the areas of a variable's levels are equal; the tables hold it adjusted"
            " for the number of variables. Every subgroup result is exploratory. Broken line: all"
            " patients."
        ),
        figures=draw(7.2, 1.0 + 0.215 * len(lines), paint, is_synthetic=is_synthetic),
    )


def _arrange(rows: list[Row] | Any) -> list[tuple[str, Row | None]]:
    """Return the lines: a heading per variable, then its levels."""
    lines: list[tuple[str, Row | None]] = []
    last = None
    for row in rows:
        if row["variable"] == OVERALL:
            lines.append(("All patients", row))
            continue
        if row["variable"] != last:
            last = row["variable"]
            lines.append((name_variable(str(last)), None))
        lines.append((f"    {name_level(row['level'])}", row))
        # The test belongs to the variable and stands once, with its first level.
        if lines[-2][1] is None:
            lines[-1] = (lines[-1][0], row | {"_shows_p": True})
    return lines


def _prepare(panels: _Panels, n_lines: int, level: str, *, lowest: float) -> None:
    for side in (panels.left, panels.right):
        side.axis("off")
    axes = panels.plot
    left = 0.45 if is_missing(lowest) else min(0.45, lowest - 0.05)
    axes.set(xlim=(left, 1.02), ylim=(n_lines - 0.4, -1.8), xlabel=f"AUROC ({level} interval)")
    axes.tick_params(axis="y", left=False, labelleft=False)
    axes.axvline(0.5, color=GRID, linewidth=1.2)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    _write(panels.left, N_AT, -1.1, "n (positive)", weight="bold", align="right")
    _write(panels.right, AREA_AT, -1.1, "AUROC", weight="bold")
    _write(panels.right, P_AT, -1.1, "P", weight="bold")


def _draw_line(panels: _Panels, at: int, text: str, row: Row | None, model: str) -> None:
    heading = row is None or row["variable"] == OVERALL
    _write(panels.left, NAME_AT, at, text, weight="bold" if heading else "normal")
    if row is None:
        return
    counts = f"{format_count(row['n'])} ({format_count(row['n_positive'])})"
    _write(panels.left, N_AT, at, counts, align="right")
    _write(panels.right, AREA_AT, at, _describe(row), colour=MUTED if _lacks(row) else INK)
    if row.get("_shows_p"):
        _write(panels.right, P_AT, at, format_p_value(row.get("auroc_p")))
    if _lacks(row):
        return
    colour = look_of(model).colour
    if not is_missing(row["auroc_low"]) and not is_missing(row["auroc_high"]):
        panels.plot.plot([row["auroc_low"], row["auroc_high"]], [at, at], color=colour, lw=1.5)
    panels.plot.plot(
        row["auroc"],
        at,
        "D" if heading else "s",
        color=colour,
        markersize=6 if heading else 4.6,
        markeredgecolor="white",
        markeredgewidth=0.6,
    )


def _write(
    axes: Axes,
    x: float,
    y: float,
    text: str,
    *,
    align: str = "left",
    weight: str = "normal",
    colour: str = INK,
) -> None:
    axes.text(
        x,
        y,
        text,
        transform=axes.get_yaxis_transform(),
        horizontalalignment=align,
        verticalalignment="center",
        fontsize=8,
        weight=weight,
        color=colour,
    ).set_in_layout(False)


def _lacks(row: Row) -> bool:
    return is_true(row["suppressed"]) or is_missing(row["auroc"])


def _describe(row: Row) -> str:
    if is_true(row["suppressed"]):
        return "too small"
    return format_estimate(row["auroc"], row["auroc_low"], row["auroc_high"])
