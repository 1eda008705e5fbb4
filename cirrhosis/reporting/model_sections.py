"""Sections about models: performance, comparisons, calibration, thresholds."""

from cirrhosis.reporting.calibration_figure import draw_calibration
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
from cirrhosis.reporting.performance_table import view_areas, view_rates
from cirrhosis.reporting.results_folder import Results
from cirrhosis.reporting.roc_figure import draw_roc
from cirrhosis.reporting.section import Section


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
