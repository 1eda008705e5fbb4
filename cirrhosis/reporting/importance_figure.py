"""How much each variable counts in the forests of the folds."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirrhosis.reporting.display_names import name_model, shorten
from cirrhosis.reporting.drawing import Drawing
from cirrhosis.reporting.house_style import GRID, MUTED, Look, draw, look_of
from cirrhosis.reporting.number_text import format_number
from cirrhosis.reporting.variable_names import name_variable

PANELS = {"gini": "Gini importance", "permutation": "Fall of AUROC\nwhen shuffled"}


def draw_importances(importances: pd.DataFrame, *, is_synthetic: bool) -> list[Drawing]:
    """Return one figure per model: a dot per fold and variable."""
    if "model" not in importances:
        return [_draw_model(importances, model="combined", is_synthetic=is_synthetic)]
    return [
        _draw_model(of_model, model=str(model), is_synthetic=is_synthetic)
        for model, of_model in importances.groupby("model", sort=False)
    ]


def _draw_model(table: pd.DataFrame, *, model: str, is_synthetic: bool) -> Drawing:
    variables = _order(table)

    def paint(figure: Figure) -> None:
        panels = figure.subplots(1, len(PANELS), sharey=True)
        for axes, (column, title) in zip(panels, PANELS.items(), strict=True):
            _draw_panel(axes, table, column=column, variables=variables, look=look_of(model))
            axes.set(xlabel=title, ylim=(len(variables) - 0.5, -0.5))
        panels[0].set_yticks(
            range(len(variables)), [shorten(name_variable(name)) for name in variables]
        )

    title = f"Importance of variables, {name_model(model)} model"
    spans = "; ".join(f"{name_variable(name)} {_span(table, name)}" for name in variables)
    return Drawing(
        name=f"importances_{model}",
        title=title,
        alt=f"{title}, ordered by permutation importance, smallest to largest fold: {spans}.",
        caption=(
            "One dot per fold; the bar spans the folds. Gini importance comes from the fitting"
            " rows, the fall of AUROC from the held-out fold. Variables that repeat each other"
            " share their importance."
        ),
        figures=draw(5.2, 1.45 + 0.28 * len(variables), paint, is_synthetic=is_synthetic),
    )


def _draw_panel(
    axes: Axes, table: pd.DataFrame, *, column: str, variables: list[str], look: Look
) -> None:
    for at, name in enumerate(variables):
        values = table.loc[table["variable"] == name, column].dropna()
        if values.empty:
            axes.annotate("undefined", (0, at), color=MUTED, verticalalignment="center")
            continue
        axes.plot([values.min(), values.max()], [at, at], color=GRID, linewidth=5)
        axes.plot(
            values,
            [at] * len(values),
            look.marker,
            color=look.colour,
            alpha=0.75,
            markersize=5,
            markeredgecolor="white",
            markeredgewidth=0.5,
        )
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    # More ticks would touch those of the next panel.
    axes.locator_params(axis="x", nbins=3)
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)


def _order(table: pd.DataFrame) -> list[str]:
    # Where no fold could be judged, Gini decides; ties keep the order of the file.
    by = table.groupby("variable", sort=False)[list(PANELS)].median().fillna(-1.0)
    ordered = by.sort_values(["permutation", "gini"], ascending=False, kind="stable")
    return [str(name) for name in ordered.index]


def _span(table: pd.DataFrame, name: str) -> str:
    values = table.loc[table["variable"] == name, "permutation"].dropna()
    if values.empty:
        return "undefined"
    return f"{format_number(values.min())} to {format_number(values.max())}"
