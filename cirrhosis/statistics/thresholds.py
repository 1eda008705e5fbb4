"""The cut-off of a score by Youden's index."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cirrhosis.statistics.samples import read_labels, read_scores


class YoudenThreshold(NamedTuple):
    """A cut-off and what it does on the rows it was chosen on.

    Attributes:
        threshold: A patient is called positive if the score is >= threshold; None when
            undefined.
        youden_index: Sensitivity + specificity - 1 on these rows, biased upwards.
        sensitivity: On these rows.
        specificity: On these rows.
        n_ties: Cut-offs that reach the same index, this one included.
        n: Patients.
        reason: Why the threshold is undefined, else None.
    """

    threshold: float | None
    youden_index: float | None
    sensitivity: float | None
    specificity: float | None
    n_ties: int
    n: int
    reason: str | None = None


def youden_threshold(y_true: ArrayLike, y_score: ArrayLike) -> YoudenThreshold:
    """Choose the observed score with the largest Youden index.

    Estimand: the cut-off that maximises sensitivity + specificity - 1 in the population.
    Patients are independent. Indices are compared as whole numbers (TP * N - FP * P), so
    exact ties are seen; among tied cut-offs the lowest, which has the highest
    sensitivity, is taken. With a class absent the threshold is None with a reason.

    References:
        Youden (1950), Cancer 3(1), 32-35.

    Example:
        >>> youden_threshold([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).threshold
        0.35
    """
    truth = read_labels(y_true)
    scores = read_scores(y_score, like=truth)
    n_positive, n_negative = int(truth.sum()), int((~truth).sum())
    if min(n_positive, n_negative) == 0:
        reason = f"{n_positive} positive and {n_negative} negative patients: a class is absent"
        return YoudenThreshold(None, None, None, None, 0, truth.size, reason)
    order = np.argsort(-scores, kind="stable")
    last_of_ties = np.append(np.flatnonzero(np.diff(scores[order])), truth.size - 1)
    tp = np.cumsum(truth[order], dtype=np.int64)[last_of_ties]
    fp = np.cumsum(~truth[order], dtype=np.int64)[last_of_ties]
    index = tp * n_negative - fp * n_positive
    tied = np.flatnonzero(index == index.max())
    lowest = int(tied[-1])
    return YoudenThreshold(
        threshold=float(scores[order][last_of_ties[lowest]]),
        youden_index=int(index[lowest]) / (n_positive * n_negative),
        sensitivity=int(tp[lowest]) / n_positive,
        specificity=1 - int(fp[lowest]) / n_negative,
        n_ties=tied.size,
        n=truth.size,
    )
