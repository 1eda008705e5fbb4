"""What the rules look at: areas, imbalances and standard errors of combinations in resamples."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.evaluation.selection_rules import Measures
from cirrhosis.statistics.resampled_roc import (
    IntArray,
    difference_variance,
    measure_resamples,
)
from cirrhosis.statistics.samples import FloatArray


class Candidate(NamedTuple):
    """A combination that may be chosen.

    Attributes:
        sequences: Its name, such as `t1+t2`.
        scores: Its out-of-fold scores.
        places: Of its patients among the patients of all candidates.
    """

    sequences: str
    scores: PatientScores
    places: NDArray[np.intp]

    @property
    def n_sequences(self) -> int:
        """How many sequences it needs."""
        return self.sequences.count("+") + 1


def list_candidates(scores: dict[str, PatientScores]) -> list[Candidate]:
    """Return the combinations in the order of `choose`: fewest sequences first, then by name."""
    patients = list_patients(scores)
    ordered = sorted(scores, key=lambda sequences: (sequences.count("+"), sequences))
    return [
        Candidate(name, scores[name], np.searchsorted(patients, scores[name].patient_id))
        for name in ordered
    ]


def list_patients(scores: dict[str, PatientScores]) -> NDArray[np.str_]:
    """Return the patients of all combinations, sorted."""
    return np.unique(np.concatenate([one.patient_id for one in scores.values()]))


def measure(candidates: Sequence[Candidate], weights: IntArray, *, standard_error: str) -> Measures:
    """Measure every combination in every resample.

    Args:
        candidates: The combinations.
        weights: How often each resample holds each patient of all candidates, shape (b, n).
        standard_error: `best` or `difference`, see `SelectionSettings`.
    """
    found = [
        measure_resamples(one.scores.y_true, one.scores.y_score, weights[:, one.places])
        for one in candidates
    ]
    area = np.stack([one.area for one in found])
    best = np.argmax(np.where(np.isnan(area), -np.inf, area), axis=0)
    if standard_error == "difference":
        variance = _compare(candidates, weights, best)
    else:
        of_best = np.stack([one.variance for one in found])[best, np.arange(best.size)]
        variance = np.broadcast_to(of_best, area.shape)
    return Measures(
        n_sequences=np.array([one.n_sequences for one in candidates]),
        area=area,
        imbalance=np.stack([one.imbalance for one in found]),
        error=np.sqrt(variance),
    )


def measure_areas(candidates: Sequence[Candidate], weights: IntArray) -> FloatArray:
    """Return the areas alone, shape (k, b)."""
    return np.stack(
        [
            measure_resamples(one.scores.y_true, one.scores.y_score, weights[:, one.places]).area
            for one in candidates
        ]
    )


def _compare(
    candidates: Sequence[Candidate], weights: IntArray, best: NDArray[np.intp]
) -> FloatArray:
    """Return the variance of each combination's difference to the best of the resample."""
    variance = np.zeros((len(candidates), best.size))
    for at in np.unique(best):
        rows = best == at
        for k, one in enumerate(candidates):
            if k != at:
                variance[k, rows] = _compare_pair(one, candidates[at], weights[rows])
    return variance


def _compare_pair(one: Candidate, other: Candidate, weights: IntArray) -> FloatArray:
    shared, of_one, of_other = np.intersect1d(
        one.places, other.places, assume_unique=True, return_indices=True
    )
    if not shared.size:
        return np.full(len(weights), np.nan)
    return difference_variance(
        one.scores.y_true[of_one],
        one.scores.y_score[of_one],
        other.scores.y_score[of_other],
        weights[:, shared],
    )
