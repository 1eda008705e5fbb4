"""Cut-offs of a score: by Youden's index, to rule out, to rule in."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cirrhosis.statistics.samples import BoolArray, FloatArray, read_labels, read_scores


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


class TargetThreshold(NamedTuple):
    """A cut-off that reaches a target, and what it does on the rows it was chosen on.

    Attributes:
        threshold: A patient is called positive if the score is >= threshold; None when
            undefined.
        sensitivity: On these rows.
        specificity: On these rows.
        target: The sensitivity or specificity asked for.
        n: Patients.
        reason: Why the threshold is undefined, else None.
    """

    threshold: float | None
    sensitivity: float | None
    specificity: float | None
    target: float
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
    truth, points = _list_cut_offs(y_true, y_score)
    if isinstance(points, str):
        return YoudenThreshold(None, None, None, None, 0, truth.size, points)
    index = points.tp * points.n_negative - points.fp * points.n_positive
    tied = np.flatnonzero(index == index.max())
    lowest = int(tied[-1])
    return YoudenThreshold(
        threshold=float(points.threshold[lowest]),
        youden_index=int(index[lowest]) / (points.n_positive * points.n_negative),
        sensitivity=int(points.tp[lowest]) / points.n_positive,
        specificity=1 - int(points.fp[lowest]) / points.n_negative,
        n_ties=tied.size,
        n=truth.size,
    )


def threshold_at_sensitivity(
    y_true: ArrayLike, y_score: ArrayLike, *, target: float
) -> TargetThreshold:
    """Choose the highest observed score whose sensitivity reaches a target, to rule out.

    Estimand: the cut-off below which a patient is ruled out while at least `target` of the
    positive ones are called positive. Patients are independent; the sensitivity on new
    patients scatters around the target, so half the time it is missed. The lowest score
    always reaches it. With a class absent the threshold is None with a reason.

    Args:
        y_true: Class of each patient, 1 for positive.
        y_score: Score, higher meaning more likely positive.
        target: Sensitivity to be reached, in (0, 1].

    References:
        Pepe (2003), The Statistical Evaluation of Medical Tests, chapter 4.

    Example:
        >>> threshold_at_sensitivity([0, 0, 1, 1], [1, 2, 3, 4], target=0.9).threshold
        3.0
    """
    truth, points = _list_cut_offs(y_true, y_score)
    _check_target(target)
    if isinstance(points, str):
        return TargetThreshold(None, None, None, target, truth.size, points)
    reached = points.tp / points.n_positive >= target
    return points.describe(int(np.flatnonzero(reached)[0]), target=target)


def threshold_at_specificity(
    y_true: ArrayLike, y_score: ArrayLike, *, target: float
) -> TargetThreshold:
    """Choose the lowest observed score whose specificity reaches a target, to rule in.

    Estimand: the cut-off at or above which a patient is ruled in while at least `target`
    of the negative ones are called negative. Assumptions as in
    `threshold_at_sensitivity`. If the highest score does not reach the target (negatives
    have it too), no threshold does, and it is None with a reason.

    Args:
        y_true: Class of each patient, 1 for positive.
        y_score: Score, higher meaning more likely positive.
        target: Specificity to be reached, in (0, 1].

    References:
        Pepe (2003), The Statistical Evaluation of Medical Tests, chapter 4.

    Example:
        >>> threshold_at_specificity([0, 0, 1, 1], [1, 2, 3, 4], target=0.9).threshold
        3.0
    """
    truth, points = _list_cut_offs(y_true, y_score)
    _check_target(target)
    if isinstance(points, str):
        return TargetThreshold(None, None, None, target, truth.size, points)
    # A quotient of counts is the nearest float, so 19 of 20 reaches 0.95; 1 - 1 / 20 may not.
    tn = points.n_negative - points.fp
    reached = np.flatnonzero(tn / points.n_negative >= target)
    if not reached.size:
        best = 1 - int(points.fp[0]) / points.n_negative
        reason = f"the highest score has a specificity of {best:.3g}, below the target"
        return TargetThreshold(None, None, None, target, truth.size, reason)
    return points.describe(int(reached[-1]), target=target)


class _CutOffs(NamedTuple):
    """What each observed score does as a cut-off, from the highest down."""

    threshold: FloatArray
    tp: NDArray[np.int64]
    fp: NDArray[np.int64]
    n_positive: int
    n_negative: int

    def describe(self, at: int, *, target: float) -> TargetThreshold:
        return TargetThreshold(
            threshold=float(self.threshold[at]),
            sensitivity=int(self.tp[at]) / self.n_positive,
            specificity=1 - int(self.fp[at]) / self.n_negative,
            target=target,
            n=self.n_positive + self.n_negative,
        )


def _list_cut_offs(y_true: ArrayLike, y_score: ArrayLike) -> tuple[BoolArray, _CutOffs | str]:
    """Return the labels and all cut-offs, or why there are none."""
    truth = read_labels(y_true)
    scores = read_scores(y_score, like=truth)
    n_positive, n_negative = int(truth.sum()), int((~truth).sum())
    if min(n_positive, n_negative) == 0:
        reason = f"{n_positive} positive and {n_negative} negative patients: a class is absent"
        return truth, reason
    order = np.argsort(-scores, kind="stable")
    last_of_ties = np.append(np.flatnonzero(np.diff(scores[order])), truth.size - 1)
    tp = np.cumsum(truth[order], dtype=np.int64)[last_of_ties]
    fp = np.cumsum(~truth[order], dtype=np.int64)[last_of_ties]
    return truth, _CutOffs(scores[order][last_of_ties], tp, fp, n_positive, n_negative)


def _check_target(target: float) -> None:
    if not 0 < target <= 1:
        raise ValueError(f"expected target in (0, 1], found {target}; write 95 % as 0.95")
