"""A probability for every judge that can have one: its own, or a map of its score."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.judges import Judge
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.recalibration import fit_logistic_map

OWN = "own"
MAPPED = "logistic_map_fitted_on_training"
# What is said to be chosen on training rows that a map was fitted on.
MAP = "logistic_map"
OF_CALL = "a yes/no call has no probability"
NO_TRAINING = "a score needs training rows to be mapped to a probability"


class Probabilities(NamedTuple):
    """The probabilities of a judge's patients.

    Attributes:
        y_prob: One per patient of the judge, in its order; None where there is none.
        source: `own`, `logistic_map_fitted_on_training`, or `none`.
        reason: Why there is none, or why the map needs care.
        note: What was done to a score, for the name of a method.
    """

    y_prob: NDArray[np.float64] | None
    source: str
    reason: str | None = None
    note: str = ""

    @property
    def also_selected(self) -> tuple[str, ...]:
        """What was fitted on training rows to get the probabilities."""
        return (MAP,) if self.source == MAPPED else ()

    def mark(self, method: str) -> str:
        """Return a method's name with what was done to a score before."""
        return f"{method}, {self.note}" if self.note else method


def find_probabilities(
    judges: dict[str, Judge], *, settings: EvaluationSettings
) -> dict[str, Probabilities]:
    """Return the probabilities of one model on each of its splits.

    A probability is taken as it is. A score of another scale (FIB-4, APRI, a column) is
    mapped by a logistic regression of the class on the score, fitted on the model's
    training rows alone and used unchanged on every split. A call has none.
    """
    kinds = {judge.scores.score_kind for judge in judges.values()}
    if "call" in kinds:
        return {split: Probabilities(None, "none", OF_CALL) for split in judges}
    if kinds == {"probability"}:
        return {split: Probabilities(one.scores.y_score, OWN) for split, one in judges.items()}
    if TRAINING not in judges:
        return {split: Probabilities(None, "none", NO_TRAINING) for split in judges}
    return _map_scores(judges, scale=settings.calibration.score_scale)


def _map_scores(judges: dict[str, Judge], *, scale: str) -> dict[str, Probabilities]:
    scores = {split: judge.scores.y_score for split, judge in judges.items()}
    on_log = scale == "log" and all((values > 0).all() for values in scores.values())
    if on_log:
        scores = {split: np.log(values) for split, values in scores.items()}
    fitted = fit_logistic_map(judges[TRAINING].scores.y_true, scores[TRAINING])
    if fitted.slope is None:
        reason = f"no logistic map: {fitted.reason}"
        return {split: Probabilities(None, "none", reason) for split in judges}
    logged = "of its logarithm " if on_log else ""
    note = f"of a logistic map {logged}fitted on {fitted.n} training rows ({fitted.method})"
    return {
        split: Probabilities(fitted.apply(values), MAPPED, fitted.reason, note)
        for split, values in scores.items()
    }
