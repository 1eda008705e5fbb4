"""Calibration of one judge's probabilities as columns of a row."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cirrhosis.contracts.randomness import seed_of
from cirrhosis.evaluation.estimate_columns import leave_empty, spread
from cirrhosis.evaluation.probabilities import OF_CALL, Probabilities
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.calibration import NO_INTERVAL, CalibrationSummary, calibration
from cirrhosis.statistics.estimates import Estimate

NOT_ASKED = "no interval, because calibration.n_resamples is 0"
# Column and field of the summary.
MEASURES = {
    "brier_score": "brier_score",
    "observed_to_expected": "observed_to_expected",
    "calibration_slope": "slope",
    "calibration_intercept": "intercept",
    "calibration_in_the_large": "in_the_large",
    "ici": "ici",
    "e50": "e50",
    "e90": "e90",
}

Row = dict[str, Any]


def calibrate(
    y_true: NDArray[np.int64],
    probabilities: Probabilities,
    *,
    settings: EvaluationSettings,
    name: str,
    reasons: list[str],
) -> Row:
    """Return every calibration measure with interval and method.

    ICI, E50 and E90 depend on the smoother, which their methods name.

    Args:
        y_true: Class of each patient.
        probabilities: Of the same patients; without any, every column is empty.
        settings: Choices of the evaluation.
        name: What is measured; the bootstrap's seed depends on it, not on what ran before.
        reasons: Why something is undefined is added here, but not that a call has no
            probability, because nothing is missing there.
    """
    row: Row = {"probability_source": probabilities.source}
    if probabilities.reason and probabilities.reason != OF_CALL:
        reasons.append(f"calibration: {probabilities.reason}")
    if probabilities.y_prob is None:
        for column in MEASURES:
            row |= leave_empty(column)
        return row
    found = summarise_calibration(y_true, probabilities.y_prob, settings=settings, name=name)
    for column, field in MEASURES.items():
        estimate: Estimate = getattr(found, field)
        reason = NOT_ASKED if estimate.reason == NO_INTERVAL else estimate.reason
        marked = replace(estimate, method=probabilities.mark(estimate.method), reason=reason)
        row |= spread(column, marked, reasons)
    return row


def summarise_calibration(
    y_true: NDArray[np.int64],
    y_prob: NDArray[np.float64],
    *,
    settings: EvaluationSettings,
    name: str,
) -> CalibrationSummary:
    """Return every measure of calibration by the settings, its bootstrap seeded by `name`."""
    choices = settings.calibration
    rng = np.random.default_rng(seed_of(choices.seed, name)) if choices.n_resamples else None
    return calibration(
        y_true,
        y_prob,
        clip=settings.probability_clip,
        smoother=choices.smoother,
        rng=rng,
        n_resamples=choices.n_resamples,
        confidence_level=settings.confidence_level,
    )
