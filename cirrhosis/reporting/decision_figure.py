"""Decision curves of one split: net benefit over threshold probabilities."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirrhosis.reporting.display_names import is_reader, name_model, name_rows, shorten
from cirrhosis.reporting.drawing import Drawing
from cirrhosis.reporting.house_style import MUTED, draw, look_of
from cirrhosis.reporting.main_models import list_models, note_left_out, select_main_models
from cirrhosis.reporting.number_text import format_count, format_number

STRATEGIES = {"treat_all": ("All positive", (0, (10, 3))), "treat_none": ("None positive", "-")}
# Where the alternative texts read the curves.
READ_AT = (0.2, 0.4, 0.6)
MAPPED = "logistic_map_fitted_on_training"


def draw_decisions(curves: pd.DataFrame, *, split: str, is_synthetic: bool) -> Drawing:
    """Return the figure of a split.

    Args:
        curves: Rows of `decision_curves.csv`.
        split: Which split.
        is_synthetic: Whether the figure says so.
    """
    rows = curves[curves["split"] == split]
    is_strategy = rows["model"].isin(STRATEGIES)
    strategies, models = rows[is_strategy], select_main_models(rows[~is_strategy])
    # A call has one net benefit per threshold, but nobody chose it by a threshold.
    models = models[~models["model"].map(is_reader)]

    def paint(figure: Figure) -> None:
        axes = _prepare(figure, rows, split)
        for model, (label, dashes) in STRATEGIES.items():
            own = strategies[strategies["model"] == model]
            # Thin, so that a grey print tells them from the models.
            axes.plot(
                own["threshold"], own["net_benefit"], color=MUTED, ls=dashes, lw=0.9, label=label
            )
        for at, model in enumerate(list_models(models)):
            own, look = models[models["model"] == model], look_of(model, at)
            axes.plot(
                own["threshold"],
                own["net_benefit"],
                color=look.colour,
                linestyle=look.line,
                linewidth=2.2 if model == "combined" else 1.6,
                label=f"{shorten(name_model(model))}, n {format_count(own['n'].iloc[0])}",
            )
        figure.legend(loc="outside lower left", alignment="left", ncols=2)

    title = f"Decision curves, {name_rows(split)}"
    return Drawing(
        name=f"decision_{split}",
        title=title,
        alt=f"{title}. Net benefit: {_read_curves(models)}.",
        caption=" ".join(
            part
            for part in (
                "Net benefit of calling a patient positive at or above each threshold"
                " probability. Only thresholds at which somebody would act matter; a model"
                " below one of the grey lines does harm there.",
                _explain_scores(models),
                note_left_out(rows[~is_strategy]),
            )
            if part
        ),
        figures=draw(4.9, 4.3, paint, is_synthetic=is_synthetic),
    )


def _prepare(figure: Figure, rows: pd.DataFrame, split: str) -> Axes:
    axes = figure.add_subplot()
    top = float(rows["net_benefit"].max())
    # Far below zero every strategy is useless, and the interesting part would be flat.
    bottom = max(float(rows["net_benefit"].min()), -0.15 * top)
    axes.set(
        title=shorten(name_rows(split)),
        xlabel="Threshold probability",
        ylabel="Net benefit",
        xlim=(0, 1),
        ylim=(bottom - 0.02, top + 0.03),
    )
    return axes


def _read_curves(models: pd.DataFrame) -> str:
    texts = []
    for model in list_models(models):
        own = models[models["model"] == model]
        points = (
            f"{format_number(own['net_benefit'].iloc[at])} at {READ_AT[place]:g}"
            for place, at in enumerate(_nearest(own["threshold"], READ_AT))
        )
        texts.append(f"{name_model(model)} {', '.join(points)}")
    return "; ".join(texts)


def _nearest(values: "pd.Series[float]", wanted: tuple[float, ...]) -> list[int]:
    return [int(np.abs(values.to_numpy() - one).argmin()) for one in wanted]


def _explain_scores(models: pd.DataFrame) -> str:
    mapped = models.loc[models["probability_source"] == MAPPED, "model"].drop_duplicates()
    if mapped.empty:
        return ""
    names = ", ".join(name_model(model) for model in mapped)
    return f"{names}: scores turned into probabilities by a logistic map fitted on training rows."
