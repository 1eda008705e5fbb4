"""ROC curves of one split: models as lines, readers as points."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirrhosis.reporting.display_names import is_reader, name_rows, shorten
from cirrhosis.reporting.drawing import Drawing
from cirrhosis.reporting.house_style import MUTED, Look, draw, look_of
from cirrhosis.reporting.main_models import note_left_out, select_main_models
from cirrhosis.reporting.number_text import MINUS, format_count, format_estimate, is_missing
from cirrhosis.reporting.table_view import list_rows

_KEYS = ("experiment", "variant", "model", "sequences", "protocol", "seed", "split")
_LIMITS = ("specificity_low", "specificity_high", "sensitivity_low", "sensitivity_high")


def draw_roc(
    table2: pd.DataFrame, roc: pd.DataFrame, *, split: str, level: str, is_synthetic: bool
) -> Drawing:
    """Return the figure of a split: its main models.

    Args:
        table2: Labelled rows of Table 2; areas and intervals in the legend are theirs.
        roc: Points of the curves.
        split: Which split.
        level: Of the intervals, in words.
        is_synthetic: Whether the figure says so.
    """
    of_split = table2[table2["split"] == split]
    rows = list_rows(select_main_models(of_split))

    def paint(figure: Figure) -> None:
        axes = _prepare(figure, split)
        for at, row in enumerate(rows):
            _draw_row(axes, row, roc, look_of(row["model"], at))
        if axes.get_legend_handles_labels()[0]:
            title = f"AUROC ({level} interval), n"
            figure.legend(loc="outside lower left", alignment="left", title=title)

    areas = "; ".join(f"{row['label']} {_describe(row)}" for row in rows)
    title = f"ROC curves, {name_rows(split)}"
    return Drawing(
        name=f"roc_{split}",
        title=title,
        alt=f"{title}. {areas}.",
        caption=(
            "Lines: models, with the area under the curve, its interval and n. A marker on a line"
            " is the model at its threshold. Readers, who give calls, are points with the"
            f" intervals of sensitivity and specificity. {note_left_out(of_split)}"
        ).rstrip(),
        figures=draw(4.7, 4.8 + 0.21 * len(rows), paint, is_synthetic=is_synthetic),
    )


def _prepare(figure: Figure, split: str) -> Axes:
    axes = figure.add_subplot()
    axes.set(
        title=shorten(name_rows(split)),
        xlabel=f"1 {MINUS} specificity",
        ylabel="Sensitivity",
        xlim=(-0.015, 1.015),
        ylim=(-0.015, 1.015),
        aspect="equal",
    )
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (1, 3)))
    return axes


def _draw_row(axes: Axes, row: dict[str, Any], roc: pd.DataFrame, look: Look) -> None:
    label = f"{shorten(row['label'])}  {_describe(row)}"
    points = roc if is_reader(row["model"]) else _find_points(roc, row)
    if is_reader(row["model"]) or points.empty:
        _draw_point(axes, row, look, label)
        return
    axes.plot(
        points["fpr"],
        points["tpr"],
        color=look.colour,
        linestyle=look.line,
        linewidth=2.2 if row["model"] == "combined" else 1.6,
        label=label,
    )
    if not _lacks_rates(row):
        x, y = 1 - row["specificity"], row["sensitivity"]
        axes.plot(x, y, look.marker, color=look.colour, markersize=5.5, markeredgecolor="white")


def _draw_point(axes: Axes, row: dict[str, Any], look: Look, label: str) -> None:
    if _lacks_rates(row):
        return
    x, y = 1 - row["specificity"], row["sensitivity"]
    if not any(is_missing(row.get(limit)) for limit in _LIMITS):
        low_x, high_x, low_y, high_y = (float(row[limit]) for limit in _LIMITS)
        axes.plot([1 - low_x, 1 - high_x], [y, y], color=look.colour, linewidth=0.8, alpha=0.55)
        axes.plot([x, x], [low_y, high_y], color=look.colour, linewidth=0.8, alpha=0.55)
    axes.plot(
        x,
        y,
        look.marker,
        color=look.colour,
        markersize=7.5,
        markeredgecolor="white",
        linestyle="none",
        label=label,
    )


def _find_points(roc: pd.DataFrame, row: dict[str, Any]) -> pd.DataFrame:
    keys = [key for key in _KEYS if key in roc and not is_missing(row.get(key))]
    is_own = pd.Series(True, index=roc.index)
    for key in keys:
        is_own &= roc[key].astype("string") == str(row[key])
    # The order of the file is the order of the curve: sorting could break steps.
    return roc[is_own.fillna(False)].dropna(subset=["fpr", "tpr"])


def _describe(row: dict[str, Any]) -> str:
    area = format_estimate(row["auroc"], row["auroc_low"], row["auroc_high"])
    return f"{area}, n {format_count(row['n'])}"


def _lacks_rates(row: dict[str, Any]) -> bool:
    return is_missing(row.get("sensitivity")) or is_missing(row.get("specificity"))
