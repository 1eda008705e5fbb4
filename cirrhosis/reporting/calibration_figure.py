"""Calibration of one split: a panel per model, observed shares over predicted probabilities."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirrhosis.reporting.display_names import name_method, name_model, name_rows, shorten
from cirrhosis.reporting.drawing import Drawing
from cirrhosis.reporting.house_style import MUTED, Look, draw, look_of
from cirrhosis.reporting.main_models import list_models, note_left_out, select_main_models
from cirrhosis.reporting.number_text import format_count, format_estimate, format_number
from cirrhosis.reporting.table_view import list_rows

BIN, SMOOTH = "quantile_bin", "smooth"
N_COLUMNS = 3
TICKS = (0.0, 0.5, 1.0)
MAPPED = "logistic_map_fitted_on_training"


def draw_calibration(
    curves: pd.DataFrame, table2: pd.DataFrame, *, split: str, level: str, is_synthetic: bool
) -> Drawing:
    """Return the figure of a split.

    Args:
        curves: Rows of `calibration_curves.csv`.
        table2: Labelled rows of Table 2; slope and distance in the panels are theirs.
        split: Which split.
        level: Of the intervals, in words.
        is_synthetic: Whether the figure says so.
    """
    all_points = curves[curves["split"] == split]
    points = select_main_models(all_points)
    models = list_models(points)
    numbers = {row["model"]: row for row in list_rows(table2[table2["split"] == split])}
    n_columns = min(N_COLUMNS, len(models))
    n_rows = -(-len(models) // max(n_columns, 1))

    def paint(figure: Figure) -> None:
        panels = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
        for at, axes in enumerate(panels.flat):
            if at >= len(models):
                axes.set_visible(False)
                continue
            own = points[points["model"] == models[at]]
            _draw_panel(axes, own, look_of(models[at], at), numbers.get(models[at], {}))
            # The last panel of a column, which need not be in the last row.
            axes.tick_params(labelbottom=at + n_columns >= len(models))
        figure.supxlabel("Predicted probability", fontsize=9)
        figure.supylabel("Observed share", fontsize=9)

    title = f"Calibration, {name_rows(split)}"
    listed = "; ".join(f"{name_model(name)} {_describe(numbers.get(name, {}))}" for name in models)
    return Drawing(
        name=f"calibration_{split}",
        title=title,
        alt=f"{title}. {listed}.",
        caption=_write_caption(points, level=level, more=note_left_out(all_points)),
        figures=draw(1.2 + 1.9 * n_columns, 0.7 + 2.15 * n_rows, paint, is_synthetic=is_synthetic),
    )


def _draw_panel(axes: Axes, points: pd.DataFrame, look: Look, numbers: dict[str, Any]) -> None:
    bins, smooth = (points[points["kind"] == kind] for kind in (BIN, SMOOTH))
    model, n = str(points["model"].iloc[0]), points["n"].max()
    if len(smooth):
        n = smooth["n"].iloc[0]
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=0.8, linestyle=(0, (1, 3)))
    inside = smooth[smooth["observed"].between(0, 1)]
    axes.plot(inside["predicted"], inside["observed"], color=look.colour, linewidth=1.8)
    for row in list_rows(bins):
        axes.plot([row["predicted"]] * 2, [row["low"], row["high"]], color=MUTED, linewidth=0.9)
    axes.plot(
        bins["predicted"],
        bins["observed"],
        look.marker,
        color=look.colour,
        markersize=4.8,
        markeredgecolor="white",
        markeredgewidth=0.6,
    )
    axes.set(
        title=f"{shorten(name_model(model))}, n {format_count(n)}",
        xlim=(-0.02, 1.02),
        ylim=(-0.02, 1.02),
        xticks=TICKS,
        yticks=TICKS,
        aspect="equal",
    )
    axes.annotate(
        _describe(numbers).replace(", ", "\n"),
        (0.97, 0.04),
        xycoords="axes fraction",
        horizontalalignment="right",
        verticalalignment="bottom",
        fontsize=7.5,
        # The dots of an ideal model lie where the text stands.
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.85},
    )


def _describe(numbers: dict[str, Any]) -> str:
    slope = format_estimate(
        *(numbers.get(f"calibration_slope{end}") for end in ("", "_low", "_high"))
    )
    return f"slope {slope}, ICI {format_number(numbers.get('ici'), 3)}"


def _write_caption(points: pd.DataFrame, *, level: str, more: str) -> str:
    parts = [
        f"Points: patients in groups of equal size by predicted probability, with the {level}"
        f" interval of the observed share ({_name_methods(points, BIN)}). Line: smooth curve"
        f" ({_name_methods(points, SMOOTH)}), drawn between 0 and 1. Dots: ideal. ICI: mean"
        " distance of the smooth curve from the ideal."
    ]
    mapped = points.loc[points["probability_source"] == MAPPED, "model"].drop_duplicates()
    if len(mapped):
        names = ", ".join(name_model(model) for model in mapped)
        parts.append(f"{names}: after a logistic map fitted on training rows.")
    return " ".join([*parts, more]).strip()


def _name_methods(points: pd.DataFrame, kind: str) -> str:
    methods = points.loc[points["kind"] == kind, "method"].dropna().unique()
    return ", ".join(name_method(str(method)) for method in methods) or "none"
