"""The cut-off that turns a model's scores into calls; it never sees a test row."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.patient_scores import Splits
from cirrhosis.statistics.thresholds import youden_threshold

OUT_OF_FOLD = "youden_on_training_out_of_fold"
OWN_CALL = "the_call_itself"
CALL_AT_YOUDEN = "call_with_a_score_at_youden_on_training"
FIXED = "fixed_in_the_configuration"
ABSENT = "none"


class CutOff(NamedTuple):
    """A threshold and where it comes from.

    Attributes:
        threshold: A patient is called positive if the score is >= it; None if there is none.
        source: `youden_on_training_out_of_fold`, `the_call_itself`,
            `call_with_a_score_at_youden_on_training`, `fixed_in_the_configuration` or `none`.
        n_ties: Cut-offs with the same Youden index on the training rows.
        reason: Why there is no threshold.
    """

    threshold: float | None
    source: str
    n_ties: int | None = None
    reason: str | None = None

    @property
    def is_call(self) -> bool:
        """Whether the scores are yes/no calls already."""
        return self.source in (OWN_CALL, CALL_AT_YOUDEN)

    @property
    def is_chosen_on_training(self) -> bool:
        """Whether training labels chose it, so that training rows flatter it."""
        return self.source in (OUT_OF_FOLD, CALL_AT_YOUDEN)

    def call(self, y_score: NDArray[np.float64]) -> NDArray[np.int64] | None:
        """Return 1 for scores at or above the cut-off; None without one."""
        if self.is_call:
            return (y_score >= 0.5).astype(np.int64)
        return None if self.threshold is None else (y_score >= self.threshold).astype(np.int64)


def choose_cut_off(splits: Splits, *, fixed: float | None = None) -> CutOff:
    """Choose the cut-off of a model from its out-of-fold training rows alone.

    Args:
        splits: The model's scores.
        fixed: A cut-off from outside, taken instead.
    """
    if any(scores.score_kind == "call" for scores in splits.values()):
        return CutOff(None, OWN_CALL)
    if fixed is not None:
        return CutOff(fixed, FIXED)
    if TRAINING not in splits:
        return CutOff(None, ABSENT, reason="the model has no training rows to choose it on")
    training = splits[TRAINING]
    chosen = youden_threshold(training.y_true, training.y_score)
    source = ABSENT if chosen.threshold is None else OUT_OF_FOLD
    return CutOff(chosen.threshold, source, chosen.n_ties, chosen.reason)
