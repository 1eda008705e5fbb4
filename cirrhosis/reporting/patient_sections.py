"""Sections about patients: flow, Table 1, losses."""

from cirrhosis.reporting.baseline_view import view_baseline
from cirrhosis.reporting.choice_table import view_hardness
from cirrhosis.reporting.cohort_table import view_balance, view_failures, view_flow
from cirrhosis.reporting.flow_figure import draw_flow
from cirrhosis.reporting.patient_tables import (
    view_intervals,
    view_losses,
    view_scanners,
    view_shift,
)
from cirrhosis.reporting.results_folder import Results
from cirrhosis.reporting.section import Section

FOLDED = {
    "intervals": view_intervals,
    "losses": view_losses,
    "scanners": view_scanners,
    "shift": view_shift,
}


def show_cohort(results: Results) -> Section:
    """Return who took part."""
    flow, table1 = results.more.get("flow"), results.more.get("table1")
    # A flow of `split` alone names no splits and cannot be drawn as boxes.
    words, drawings, tables = [], [], []
    if flow is None:
        words.append("No patient flow was recorded.")
    elif "kind" in flow:
        drawings.append(draw_flow(flow, is_synthetic=results.is_synthetic))
    else:
        tables.append(view_flow(flow))
    if results.hardness is not None:
        tables.append(view_hardness(results.hardness, results.level))
    baseline = [] if table1 is None else [view_baseline(table1)]
    folded = [view(results.more[name]) for name, view in FOLDED.items() if name in results.more]
    return Section(
        anchor="cohort",
        title="Patients",
        paragraphs=tuple(words),
        drawings=tuple(drawings),
        tables=tuple(tables),
        folded=(*baseline, view_balance(results.balance), *folded),
    )


def show_failures(results: Results) -> Section:
    """Return whom a stage could not use."""
    failures = results.more.get("failures")
    if failures is None or failures.empty:
        words = "No list of failures was written." if failures is None else "No patient was lost."
        return Section("failures", "Failures", (words,))
    return Section("failures", "Failures", tables=(view_failures(failures),))
