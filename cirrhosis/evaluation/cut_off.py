"""The cut-off that turns a model's scores into calls; it never sees a test row."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.patient_scores import Splits
from cirrhosis.statistics.thresholds import youden_threshold

OUT_OF_FOLD = "youden_on_training_out_of_fold"
OWN_CALL = "the_call_itself"
ABSENT = "none"


class CutOff(NamedTuple):
    """A threshold and where it comes from.

    Attributes:
        threshold: A patient is called positive if the score is >= it; None if there is none.
        source: `youden_on_training_out_of_fold`, `the_call_itself` or `none`.
        n_ties: Cut-offs with the same Youden index on the training rows.
        reason: Why there is no threshold.
    """

    threshold: float | None
    source: str
    n_ties: int | None = None
    reason: str | None = None

    def call(self, y_score: NDArray[np.float64]) -> NDArray[np.int64] | None:
        """Return 1 for scores at or above the cut-off; None without one."""
        if self.source == OWN_CALL:
            return (y_score >= 0.5).astype(np.int64)
        return None if self.threshold is None else (y_score >= self.threshold).astype(np.int64)


def choose_cut_off(splits: Splits) -> CutOff:
    """Choose the cut-off of a model from its out-of-fold training rows alone."""
    if any(scores.score_kind == "call" for scores in splits.values()):
        return CutOff(None, OWN_CALL)
    if TRAINING not in splits:
        return CutOff(None, ABSENT, reason="the model has no training rows to choose it on")
    training = splits[TRAINING]
    chosen = youden_threshold(training.y_true, training.y_score)
    source = ABSENT if chosen.threshold is None else OUT_OF_FOLD
    return CutOff(chosen.threshold, source, chosen.n_ties, chosen.reason)
