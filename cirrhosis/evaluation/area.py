"""The area under the ROC curve of one column of scores, by the settings."""

import numpy as np

from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.discrimination import auroc_interval
from cirrhosis.statistics.estimates import Estimate


def estimate_area(scores: PatientScores, settings: EvaluationSettings) -> Estimate:
    """Return the area with the interval that the settings name; a bootstrap is seeded."""
    return auroc_interval(
        scores.y_true,
        scores.y_score,
        method=settings.auroc_method,
        confidence_level=settings.confidence_level,
        n_resamples=settings.n_resamples,
        rng=np.random.default_rng(settings.bootstrap_seed),
    )
