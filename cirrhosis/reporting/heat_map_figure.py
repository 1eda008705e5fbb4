"""The sequence combinations as a heat map: a row each, a column per measure."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from cirrhosis.reporting.display_names import shorten
from cirrhosis.reporting.drawing import Drawing
from cirrhosis.reporting.house_style import ACCENT, INK, draw
from cirrhosis.reporting.number_text import (
    format_number,
    format_percent,
    is_missing,
    is_true,
)
from cirrhosis.reporting.table_view import list_rows

# From nearly white to dark: its lightness alone orders the cells in a grey print.
SHADES = LinearSegmentedColormap.from_list("shades", ["#f5f8fb", "#9db8d2", "#0b4f8a"])
DARK_FROM = 0.72


class Measure(NamedTuple):
    """One column.

    Attributes:
        title: Above it.
        write: Turns its value into text.
        shades_from: Value of the lightest shade.
        shades_to: Value of the darkest shade.
    """

    title: str
    write: Callable[[Any], str]
    shades_from: float
    shades_to: float


MEASURES = {
    "auroc": Measure("AUROC,\npooled", format_number, 0.5, 1.0),
    "within_fold_auroc": Measure("AUROC,\nin folds", format_number, 0.5, 1.0),
    "sensitivity": Measure("Sensitivity\n%", format_percent, 0.5, 1.0),
    "specificity": Measure("Specificity\n%", format_percent, 0.5, 1.0),
    # A difference of 0 is best, so the scale runs down.
    "imbalance": Measure("Their dif-\nference %", format_percent, 0.3, 0.0),
    "chosen_share": Measure("Chosen in\nresamples %", format_percent, 0.0, 1.0),
}


def draw_heat_map(combinations: pd.DataFrame, *, is_synthetic: bool) -> Drawing:
    """Return the figure; the chosen combination is framed and bold.

    Args:
        combinations: Labelled rows of `combinations.csv`.
        is_synthetic: Whether the figure says so.
    """
    rows = list_rows(combinations)
    measures = {
        name: one
        for name, one in MEASURES.items()
        if name in combinations and combinations[name].notna().any()
    }

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for y, row in enumerate(rows):
            for x, (name, measure) in enumerate(measures.items()):
                _fill_cell(axes, (x, y), row[name], measure, is_bold=is_true(row["chosen"]))
            if is_true(row["chosen"]):
                _frame(axes, y, width=len(measures))
        _label(axes, rows, [one.title for one in measures.values()])

    listed = "; ".join(
        f"{row['label']} " + ", ".join(_say(row, name) for name in measures) for row in rows
    )
    return Drawing(
        name="combinations_heat_map",
        title="Sequence combinations, all measures",
        alt=f"Out-of-fold results of each sequence combination. {listed}.",
        caption=(
            "Out-of-fold training rows of the CNN; sensitivity and specificity at each"
            " combination's own Youden threshold. Darker is better. Frame: the chosen combination."
            " Last column: how often the rule chooses it when the patients are drawn anew."
        ),
        figures=draw(6.0, 1.3 + 0.38 * len(rows), paint, is_synthetic=is_synthetic),
    )


def _fill_cell(
    axes: Axes, place: tuple[int, int], value: Any, measure: Measure, *, is_bold: bool
) -> None:
    x, y = place
    shade = 0.0
    if not is_missing(value):
        span = measure.shades_to - measure.shades_from
        shade = float(np.clip((float(value) - measure.shades_from) / span, 0, 1))
    axes.fill_between([x - 0.5, x + 0.5], y - 0.5, y + 0.5, color=SHADES(shade), linewidth=0)
    axes.text(
        x,
        y,
        measure.write(value),
        ha="center",
        va="center",
        color="white" if shade > DARK_FROM else INK,
        weight="bold" if is_bold else "normal",
    )


def _frame(axes: Axes, y: int, *, width: int) -> None:
    left, right, low, high = -0.47, width - 0.53, y - 0.47, y + 0.47
    axes.plot([left, right, right, left, left], [low, low, high, high, low], color=ACCENT, lw=2)


def _label(axes: Axes, rows: list[dict[str, Any]] | Any, titles: list[str]) -> None:
    axes.set(xlim=(-0.5, len(titles) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    axes.set_yticks(range(len(rows)), [shorten(str(row["label"])) for row in rows])
    axes.set_xticks(range(len(titles)), titles, fontsize=8)
    axes.tick_params(length=0, top=False, bottom=False, labeltop=True, labelbottom=False)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _say(row: dict[str, Any], name: str) -> str:
    return f"{name.replace('_', ' ')} {MEASURES[name].write(row[name])}"
