"""What the page shows, section by section."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from cirrhosis.reporting.choice_table import (
    view_collinearity,
    view_combinations,
    view_extra_runs,
    view_hardness,
)
from cirrhosis.reporting.cohort_table import view_balance, view_failures, view_flow
from cirrhosis.reporting.combination_figure import draw_combinations
from cirrhosis.reporting.display_names import is_reader, name_rows, order_splits
from cirrhosis.reporting.drawing import Drawing
from cirrhosis.reporting.importance_figure import draw_importances
from cirrhosis.reporting.number_text import format_count, format_estimate, is_true
from cirrhosis.reporting.performance_table import view_areas, view_rates
from cirrhosis.reporting.results_folder import Results
from cirrhosis.reporting.roc_figure import draw_roc
from cirrhosis.reporting.table_view import TableView, list_rows
from cirrhosis.reporting.wording import INFERENCE, describe_level, describe_rule


class Headline(NamedTuple):
    """The main number of one split.

    Attributes:
        split: Its name.
        model: Whose number it is.
        estimate: Area with interval.
        counts: Patients behind it.
    """

    split: str
    model: str
    estimate: str
    counts: str


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        anchor: What links point to.
        title: Heading.
        paragraphs: Words before the tables.
        tables: In order.
        folded: Tables that are long and shown on demand.
        drawings: In order.
    """

    anchor: str
    title: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[TableView, ...] = ()
    folded: tuple[TableView, ...] = ()
    drawings: tuple[Drawing, ...] = ()


def list_sections(results: Results) -> list[Section]:
    """Return the sections between what was run and how numbers were made."""
    level = describe_level(results.provenance)
    is_synthetic = is_true(results.provenance["synthetic"])
    return [
        _show_cohort(results, level),
        _show_combinations(results, level, is_synthetic),
        _show_performance(results, level),
        _show_curves(results, level, is_synthetic),
        _show_importances(results, is_synthetic),
        _show_extra_runs(results.provenance.get("extra_runs") or []),
        _show_failures(results.failures),
    ]


def list_headlines(results: Results) -> list[Headline]:
    """Return the combined model's area on each split, or the first model's that is no reader."""
    rows = [row for row in list_rows(results.table2) if not is_reader(row["model"])]
    named = [row for row in rows if row["model"] == "combined"]
    leading = named or [row for row in rows if row["model"] == rows[0]["model"]]
    return [
        Headline(
            split=name_rows(row["split"]),
            model=str(row["label"]),
            estimate=format_estimate(row["auroc"], row["auroc_low"], row["auroc_high"]),
            counts=f"n {format_count(row['n'])}, {format_count(row['n_positive'])} positive",
        )
        for row in leading
    ]


def _show_cohort(results: Results, level: str) -> Section:
    flow = () if results.flow is None else (view_flow(results.flow),)
    words = () if flow else ("No patient flow was recorded: the split came from outside.",)
    hardness = () if results.hardness is None else (view_hardness(results.hardness, level),)
    return Section(
        anchor="cohort",
        title="Patients",
        paragraphs=words,
        tables=(*flow, view_balance(results.balance), *hardness),
    )


def _show_combinations(results: Results, level: str, is_synthetic: bool) -> Section:
    rule = _find_rule(results)
    words = (f"Rule of the choice: {describe_rule(rule)}.",) if rule else ()
    return Section(
        anchor="combinations",
        title="Sequence combinations",
        paragraphs=words if "note" in results.combinations else (*words, INFERENCE),
        tables=(view_combinations(results.combinations, level),),
        drawings=(draw_combinations(results.combinations, level=level, is_synthetic=is_synthetic),),
    )


def _find_rule(results: Results) -> str:
    if "rule" in results.provenance:
        return str(results.provenance["rule"])
    rules = results.combinations.get("rule", pd.Series(dtype="string")).dropna().unique()
    return ", ".join(str(rule) for rule in rules)


def _show_performance(results: Results, level: str) -> Section:
    tables = (view_areas(results.table2, level), view_rates(results.table2, level))
    return Section(anchor="performance", title="Performance (Table 2)", tables=tables)


def _show_curves(results: Results, level: str, is_synthetic: bool) -> Section:
    drawings = tuple(
        draw_roc(results.table2, results.roc, split=split, level=level, is_synthetic=is_synthetic)
        for split in order_splits(results.table2["split"])
    )
    return Section(anchor="roc", title="ROC curves", drawings=drawings)


def _show_importances(results: Results, is_synthetic: bool) -> Section:
    title = "Importance of variables"
    if results.importances is None:
        return Section("importance", title, ("No forest was fitted for these results.",))
    vif = () if results.collinearity is None else (view_collinearity(results.collinearity),)
    drawings = draw_importances(results.importances, is_synthetic=is_synthetic)
    return Section("importance", title, folded=vif, drawings=tuple(drawings))


def _show_extra_runs(runs: list[dict[str, Any]]) -> Section:
    if not runs:
        return Section("extra", "Extra runs", ("None were made.",))
    return Section("extra", "Extra runs", tables=(view_extra_runs(runs),))


def _show_failures(failures: pd.DataFrame | None) -> Section:
    if failures is None or failures.empty:
        words = "No list of failures was written." if failures is None else "No patient was lost."
        return Section("failures", "Failures", (words,))
    return Section("failures", "Failures", tables=(view_failures(failures),))
