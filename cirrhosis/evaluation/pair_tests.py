"""Tests of two judges on the same patients, by the methods that the settings name."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cirrhosis.contracts.randomness import seed_of
from cirrhosis.evaluation.patient_scores import SharedPatients
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics import paired
from cirrhosis.statistics.auroc_comparison import compare_auroc_paired
from cirrhosis.statistics.discrimination import auroc
from cirrhosis.statistics.estimates import Comparison
from cirrhosis.statistics.paired_difference import paired_difference
from cirrhosis.statistics.permutation import compare_auroc_permutation_paired

Calls = NDArray[np.int64]
RATES: dict[str, Callable[..., Comparison]] = {
    "sensitivity": paired.compare_sensitivity,
    "specificity": paired.compare_specificity,
    "accuracy": paired.compare_accuracy,
}
ALL_APART = "an area of {area:g} leaves DeLong's test undefined: permutation of the scores"


def compare_areas(shared: SharedPatients, *, settings: EvaluationSettings, name: str) -> Comparison:
    """Test the difference of two areas by DeLong, or by permutation where that is undefined.

    An area of exactly 1 or 0 has no variance in DeLong's estimate, so that a p value from
    it is an artefact. The scores are then exchanged between the models, patient by patient,
    and `reason` says so.

    Args:
        shared: Scores of both models.
        settings: Choices of the evaluation.
        name: What is compared; the permutation's seed depends on it, not on what ran before.
    """
    by_delong = compare_auroc_paired(*shared, confidence_level=settings.confidence_level)
    areas = [auroc(shared.y_true, scores).value for scores in (shared.first, shared.second)]
    extreme = [area for area in areas if area in (0.0, 1.0)]
    if not extreme:
        return by_delong
    permuted = compare_auroc_permutation_paired(
        *shared,
        rng=np.random.default_rng(seed_of(settings.permutation_seed, name)),
        n_resamples=settings.n_permutations,
    )
    note = ALL_APART.format(area=extreme[0])
    return replace(permuted, reason="; ".join(filter(None, (note, permuted.reason))))


def compare_calls(
    measure: str, y_true: Calls, first: Calls, second: Calls, *, settings: EvaluationSettings
) -> Comparison:
    """Test the difference of one measure of two calls, first minus second.

    Sensitivity, specificity and accuracy are tested by McNemar, with Bonett and Price's
    interval of the difference; predictive values by the test of the settings.
    """
    level = settings.confidence_level
    if measure not in RATES:
        return paired.compare_predictive_values(
            y_true,
            first,
            second,
            value=measure,
            method=settings.predictive_test,
            confidence_level=level,
        )
    test = RATES[measure](y_true, first, second, method=settings.mcnemar_method)
    rows = {"sensitivity": y_true == 1, "specificity": y_true == 0}.get(measure)
    of_class = slice(None) if rows is None else rows
    correct: list[Any] = [(calls == y_true)[of_class] for calls in (first, second)]
    if not len(correct[0]):
        return test
    bounds = paired_difference(*correct, confidence_level=level)
    return replace(test, low=bounds.low, high=bounds.high)


def name_interval(measure: str, comparison: Comparison) -> str:
    """Return the method of the interval of a difference; empty where there is none."""
    if comparison.low is None:
        return ""
    if measure == "auroc":
        return "delong"
    return "bonett_price" if measure in RATES else "wald"
