"""DeLong's covariance of areas under the ROC curve."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cirrhosis.statistics.samples import BoolArray, FloatArray, read_labels, read_scores


class DelongCovariance(NamedTuple):
    """Areas under several ROC curves of the same patients.

    Attributes:
        areas: One area per classifier, shape (k,).
        covariance: Their covariance, shape (k, k); None with fewer than two of a class.
        n_positive: Patients of the positive class.
        n_negative: Patients of the negative class.
    """

    areas: FloatArray
    covariance: FloatArray | None
    n_positive: int
    n_negative: int


def delong_covariance(y_true: ArrayLike, *y_scores: ArrayLike) -> DelongCovariance:
    """Estimate areas under ROC curves and their covariance from sorted scores.

    Estimand: P(score of a positive > score of a negative) + half the probability of a
    tie, per classifier. Patients are the unit and must be independent. The cost is that
    of sorting, O(n log n).

    Args:
        y_true: Class of each patient, 1 for positive and 0 for negative, shape (n,).
        *y_scores: One column of scores per classifier, higher meaning more likely
            positive. The direction is never flipped.

    Raises:
        ValueError: If a class is absent (the area does not exist) or a score is missing.

    References:
        DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44(3), 837-845.
        Sun, Xu (2014), IEEE Signal Processing Letters 21(11), 1389-1393.

    Example:
        >>> delong_covariance([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).areas.tolist()
        [0.75]
    """
    truth = read_labels(y_true)
    scores = [read_scores(column, like=truth) for column in y_scores]
    n_positive, n_negative = int(truth.sum()), int((~truth).sum())
    if min(n_positive, n_negative) == 0:
        raise ValueError(
            f"expected patients of both classes, found {n_positive} positive and"
            f" {n_negative} negative; an area under the ROC curve does not exist here"
        )
    placements = [_place(truth, column) for column in scores]
    of_positives = np.stack([positive for positive, _ in placements])
    of_negatives = np.stack([negative for _, negative in placements])
    covariance = None
    if min(n_positive, n_negative) >= 2:
        covariance = np.atleast_2d(np.cov(of_positives)) / n_positive
        covariance = covariance + np.atleast_2d(np.cov(of_negatives)) / n_negative
    return DelongCovariance(of_positives.mean(axis=1), covariance, n_positive, n_negative)


def _place(truth: BoolArray, score: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return, for each positive then each negative, the share of pairs ranked correctly."""
    order = np.argsort(score)
    ascending = score[order]
    # Patients with one score are a step; below and up to each step, patients are counted.
    begins = np.flatnonzero(np.append(True, ascending[1:] != ascending[:-1]))
    ends = np.append(begins[1:], score.size)
    positives = np.append(0, np.cumsum(truth[order]))
    twice_positives = positives[begins] + positives[ends]
    twice_negatives = begins + ends - twice_positives
    # The same as the difference of midranks in all and in the own class, with one sort.
    n_positive = int(positives[-1])
    of_positives = twice_negatives / (2 * (score.size - n_positive))
    of_negatives = 1 - twice_positives / (2 * n_positive)
    if begins.size < score.size:
        of_positives, of_negatives = (
            np.repeat(shares, ends - begins) for shares in (of_positives, of_negatives)
        )
    placed = np.empty(score.size)
    placed[order] = np.where(truth[order], of_positives, of_negatives)
    return placed[truth], placed[~truth]
