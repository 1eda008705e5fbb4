"""Sections about groups of patients: subgroups, centres, stages, errors."""

from collections.abc import Callable, Mapping

import pandas as pd

from cirrhosis.reporting.display_names import order_splits
from cirrhosis.reporting.forest_figure import draw_forest
from cirrhosis.reporting.group_tables import (
    view_centers,
    view_error_groups,
    view_errors,
    view_heterogeneity,
    view_interactions,
    view_label_cut_offs,
    view_stage_contrasts,
    view_stages,
)
from cirrhosis.reporting.main_models import list_models, select_main_models
from cirrhosis.reporting.results_folder import Results
from cirrhosis.reporting.section import Section
from cirrhosis.reporting.table_view import TableView

GROUPS = {
    "centers": view_centers,
    "heterogeneity": view_heterogeneity,
    "stages": view_stages,
    "stage_contrasts": view_stage_contrasts,
    "label_cut_offs": view_label_cut_offs,
}
ERRORS = {"misclassified_differences": view_error_groups, "misclassified": view_errors}


def show_subgroups(results: Results) -> Section | None:
    """Return the forest of the first main model on each split."""
    forest, interactions = results.more.get("forest"), results.more.get("interactions")
    if forest is None or forest.empty:
        return None
    model = list_models(select_main_models(forest))[0]
    own = forest[forest["model"] == model]
    drawings = tuple(
        draw_forest(
            own, model=model, split=split, level=results.level, is_synthetic=results.is_synthetic
        )
        for split in order_splits(own["split"])
    )
    folded = () if interactions is None else (view_interactions(interactions),)
    words = ("Exploratory: many groups are small, and nothing here was declared beforehand.",)
    return Section("subgroups", "Subgroups", paragraphs=words, drawings=drawings, folded=folded)


def show_groups(results: Results) -> Section | None:
    """Return centres, stages and other labels."""
    folded = _view(results, GROUPS)
    return Section("groups", "Centres, stages, other labels", folded=folded) if folded else None


def show_errors(results: Results) -> Section | None:
    """Return whom the model gets wrong, and how they differ."""
    folded = _view(results, ERRORS)
    return Section("errors", "False positives and negatives", folded=folded) if folded else None


def _view(
    results: Results, views: Mapping[str, Callable[[pd.DataFrame], TableView]]
) -> tuple[TableView, ...]:
    tables = ((view, results.more.get(name)) for name, view in views.items())
    return tuple(view(table) for view, table in tables if table is not None and len(table))
