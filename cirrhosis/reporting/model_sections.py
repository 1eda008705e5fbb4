"""Sections about models: combinations, performance, comparisons, calibration, thresholds."""

import pandas as pd

from cirrhosis.reporting.calibration_figure import draw_calibration
from cirrhosis.reporting.choice_table import view_combinations
from cirrhosis.reporting.combination_figure import draw_combinations
from cirrhosis.reporting.comparison_tables import (
    describe_primary,
    view_comparators,
    view_comparisons,
    view_matched,
    view_operating_points,
    view_prevalence,
    view_recalibration,
)
from cirrhosis.reporting.decision_figure import draw_decisions
from cirrhosis.reporting.display_names import order_splits
from cirrhosis.reporting.heat_map_figure import draw_heat_map
from cirrhosis.reporting.performance_table import view_areas, view_rates
from cirrhosis.reporting.results_folder import Results
from cirrhosis.reporting.roc_figure import draw_roc
from cirrhosis.reporting.section import Section
from cirrhosis.reporting.wording import INFERENCE, describe_rule


def show_combinations(results: Results) -> Section | None:
    """Return the ablation of sequences, where networks took part."""
    combinations = results.more.get("combinations")
    if combinations is None:
        return None
    rule = _find_rule(results, combinations)
    words = (f"Rule of the choice: {describe_rule(rule)}.",) if rule else ()
    synthetic = results.is_synthetic
    return Section(
        anchor="combinations",
        title="Sequence combinations",
        paragraphs=words if "note" in combinations else (*words, INFERENCE),
        tables=(view_combinations(combinations, results.level),),
        drawings=(
            draw_combinations(combinations, level=results.level, is_synthetic=synthetic),
            draw_heat_map(combinations, is_synthetic=synthetic),
        ),
    )


def show_performance(results: Results) -> Section:
    """Return Table 2."""
    tables = (view_areas(results.table2, results.level), view_rates(results.table2, results.level))
    comparators = results.more.get("comparators")
    folded = () if comparators is None else (view_comparators(comparators),)
    return Section("performance", "Performance (Table 2)", tables=tables, folded=folded)


def show_comparisons(results: Results) -> Section | None:
    """Return the primary comparison in words, and all others."""
    comparisons, matched = results.more.get("comparisons"), results.more.get("matched")
    if comparisons is None:
        return None
    folded = [view_comparisons(comparisons)]
    if matched is not None and len(matched):
        folded.append(view_matched(matched))
    words = (describe_primary(comparisons),)
    return Section("comparisons", "Comparisons", paragraphs=words, folded=tuple(folded))


def show_curves(results: Results) -> Section:
    """Return the ROC curves."""
    drawings = tuple(
        draw_roc(
            results.table2,
            results.roc,
            split=split,
            level=results.level,
            is_synthetic=results.is_synthetic,
        )
        for split in results.splits
    )
    return Section(anchor="roc", title="ROC curves", drawings=drawings)


def show_calibration(results: Results) -> Section | None:
    """Return the calibration of probabilities."""
    curves = results.more.get("calibration_curves")
    if curves is None or curves.empty:
        return None
    drawings = tuple(
        draw_calibration(
            curves,
            results.table2,
            split=split,
            level=results.level,
            is_synthetic=results.is_synthetic,
        )
        for split in order_splits(curves["split"])
    )
    recalibration = results.more.get("recalibration")
    folded = () if recalibration is None else (view_recalibration(recalibration),)
    return Section("calibration", "Calibration", drawings=drawings, folded=folded)


def show_decisions(results: Results) -> Section | None:
    """Return the decision curves."""
    curves = results.more.get("decision_curves")
    if curves is None or curves.empty:
        return None
    drawings = tuple(
        draw_decisions(curves, split=split, is_synthetic=results.is_synthetic)
        for split in order_splits(curves["split"])
    )
    return Section("decisions", "Decision curves", drawings=drawings)


def show_thresholds(results: Results) -> Section | None:
    """Return rule-out, rule-in and the grey zone, and other prevalences."""
    points, prevalence = results.more.get("operating_points"), results.more.get("prevalence")
    if points is None:
        return None
    folded = () if prevalence is None else (view_prevalence(prevalence),)
    tables = (view_operating_points(points),)
    return Section("thresholds", "Rule-out and rule-in", tables=tables, folded=folded)


def _find_rule(results: Results, combinations: pd.DataFrame) -> str:
    if "rule" in results.provenance:
        return str(results.provenance["rule"])
    rules = combinations.get("rule", pd.Series(dtype="string")).dropna().unique()
    return ", ".join(str(rule) for rule in rules)
