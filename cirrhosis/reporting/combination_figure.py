"""Areas of the sequence combinations with their intervals, one line each."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirrhosis.reporting.display_names import shorten
from cirrhosis.reporting.drawing import Drawing
from cirrhosis.reporting.house_style import ACCENT, MUTED, WARNING, draw
from cirrhosis.reporting.number_text import format_estimate, is_missing, is_true
from cirrhosis.reporting.table_view import list_rows


def draw_combinations(combinations: pd.DataFrame, *, level: str, is_synthetic: bool) -> Drawing:
    """Return the figure: the chosen combination is a filled diamond."""
    rows = list_rows(combinations)

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for at, row in enumerate(rows):
            _draw_row(axes, row, at)
        axes.axvline(0.5, color=MUTED, linewidth=0.8, linestyle=(0, (1, 3)))
        axes.set(xlabel=f"AUROC ({level} interval)", ylim=(len(rows) - 0.5, -0.5))
        axes.set_yticks(range(len(rows)), [shorten(str(row["label"])) for row in rows])
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)

    listed = "; ".join(f"{row['label']} {_describe(row)}" for row in rows)
    return Drawing(
        name="combinations",
        title="Sequence combinations",
        alt=f"Area under the ROC curve of each sequence combination. {listed}.",
        caption=(
            "Out-of-fold area under the ROC curve of the CNN, the largest first. Filled diamond:"
            " the chosen combination; hollow square, dashed: its area without the luck of the"
            " choice. Dotted: a coin toss. The combinations share their patients, so overlapping"
            " intervals are no test of their difference."
        ),
        figures=draw(4.9, 1.2 + 0.36 * len(rows), paint, is_synthetic=is_synthetic),
    )


def _draw_row(axes: Axes, row: dict[str, Any], at: int) -> None:
    is_chosen = is_true(row["chosen"])
    colour = ACCENT if is_chosen else MUTED
    if not is_missing(row["auroc_low"]) and not is_missing(row["auroc_high"]):
        axes.plot([row["auroc_low"], row["auroc_high"]], [at, at], color=colour, linewidth=1.8)
    if not is_missing(row["auroc"]):
        axes.plot(
            row["auroc"],
            at,
            "D" if is_chosen else "o",
            color=colour,
            markersize=7.5 if is_chosen else 6,
            markerfacecolor=colour if is_chosen else "white",
            markeredgewidth=1.4,
        )
    _draw_corrected(axes, row, at)
    axes.annotate(
        _describe(row),
        (1.02, at),
        xycoords=("axes fraction", "data"),
        verticalalignment="center",
        weight="bold" if is_chosen else "normal",
    )


def _draw_corrected(axes: Axes, row: dict[str, Any], at: int) -> None:
    if is_missing(row.get("auroc_corrected")):
        return
    below = at + 0.24
    limits = [row["auroc_corrected_low"], row["auroc_corrected_high"]]
    axes.plot(limits, [below, below], color=WARNING, linewidth=1.2, linestyle=(0, (3, 2)))
    axes.plot(
        row["auroc_corrected"], below, "s", color=WARNING, markersize=5, markerfacecolor="white"
    )


def _describe(row: dict[str, Any]) -> str:
    text = format_estimate(row["auroc"], row["auroc_low"], row["auroc_high"])
    return f"{text}, chosen" if is_true(row["chosen"]) else text
