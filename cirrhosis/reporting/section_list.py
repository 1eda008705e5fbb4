"""The sections of the page, in order."""

from cirrhosis.reporting.combination_section import show_combinations
from cirrhosis.reporting.group_sections import show_errors, show_groups, show_subgroups
from cirrhosis.reporting.model_sections import (
    show_calibration,
    show_comparisons,
    show_curves,
    show_decisions,
    show_performance,
    show_thresholds,
)
from cirrhosis.reporting.patient_sections import show_cohort, show_failures
from cirrhosis.reporting.results_folder import Results
from cirrhosis.reporting.section import Section
from cirrhosis.reporting.supplement_sections import show_extra_runs, show_files, show_importances


def list_sections(results: Results) -> list[Section]:
    """Return the sections between what was run and how numbers were made."""
    makers = (
        show_cohort,
        show_combinations,
        show_performance,
        show_comparisons,
        show_curves,
        show_calibration,
        show_decisions,
        show_thresholds,
        show_subgroups,
        show_groups,
        show_errors,
        show_importances,
        show_extra_runs,
        show_failures,
        show_files,
    )
    sections = [make(results) for make in makers]
    return [section for section in sections if section is not None]
