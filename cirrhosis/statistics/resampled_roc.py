"""Areas under the ROC curve of many resamples at once, from how often each patient was drawn."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cirrhosis.statistics.samples import BoolArray, FloatArray, read_labels, read_scores

IntArray = NDArray[np.int64]


class ResampledRoc(NamedTuple):
    """What one score does in each resample, shape (b,); NaN where a class is absent.

    Attributes:
        area: Under the ROC curve.
        variance: DeLong's of the area; NaN with fewer than two of a class too.
        imbalance: |sensitivity - specificity| at the resample's own Youden cut-off.
    """

    area: FloatArray
    variance: FloatArray
    imbalance: FloatArray


class _Steps(NamedTuple):
    # Of each resample and distinct score, ascending: patients there, and below it.
    positive: IntArray
    negative: IntArray
    positive_below: IntArray
    negative_below: IntArray
    n_positive: IntArray
    n_negative: IntArray


def measure_resamples(y_true: ArrayLike, y_score: ArrayLike, weights: ArrayLike) -> ResampledRoc:
    """Measure a score in many resamples with one sort.

    Estimands as in `delong_covariance` and `youden_threshold`, on the rows of each resample:
    a patient drawn twice counts as two rows. A row of ones gives the sample itself. Counts
    are whole numbers until the last division, so exact ties stay ties.

    Args:
        y_true: Class of each patient, 1 for positive, shape (n,).
        y_score: Score, higher meaning more likely positive, shape (n,).
        weights: How often each resample holds each patient, shape (b, n).

    References:
        Efron, Tibshirani (1993), An Introduction to the Bootstrap, section 20.2 (resampling
        vectors).

    Example:
        >>> measure_resamples([0, 1, 1], [1, 2, 0], [[1, 1, 1], [2, 1, 0]]).area.tolist()
        [0.5, 1.0]
    """
    truth = read_labels(y_true)
    steps = _count(truth, read_scores(y_score, like=truth), np.asarray(weights, dtype=np.int64))
    with np.errstate(divide="ignore", invalid="ignore"):
        return ResampledRoc(*_area_and_variance(steps), _imbalance_at_youden(steps))


def difference_variance(
    y_true: ArrayLike, first: ArrayLike, second: ArrayLike, weights: ArrayLike
) -> FloatArray:
    """Return DeLong's variance of the difference of two areas in each resample, shape (b,).

    NaN where a class has fewer than two rows.

    Args:
        y_true: Class of each patient, shape (n,).
        first: Scores of one classifier, shape (n,).
        second: Scores of the other on the same patients.
        weights: How often each resample holds each patient, shape (b, n).

    References:
        DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44(3), 837-845.
    """
    truth, counts = read_labels(y_true), np.asarray(weights, dtype=np.int64)
    scores = [read_scores(column, like=truth) for column in (first, second)]
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = _place(truth, scores[0], counts) - _place(truth, scores[1], counts)
        return sum(
            (_variance_of_mean(counts[:, rows], apart[:, rows]) for rows in (truth, ~truth)),
            start=np.zeros(len(counts)),
        )


def _count(truth: BoolArray, score: FloatArray, weights: IntArray) -> _Steps:
    order = np.argsort(score, kind="stable")
    begins = np.flatnonzero(np.append(True, np.diff(score[order]) > 0))
    drawn = weights[:, order]
    of_positives = drawn * truth[order]
    positive, negative = (
        part if begins.size == score.size else np.add.reduceat(part, begins, axis=1)
        for part in (of_positives, drawn - of_positives)
    )
    up_to_positive, up_to_negative = np.cumsum(positive, axis=1), np.cumsum(negative, axis=1)
    return _Steps(
        positive,
        negative,
        up_to_positive - positive,
        up_to_negative - negative,
        up_to_positive[:, -1:],
        up_to_negative[:, -1:],
    )


def _area_and_variance(steps: _Steps) -> tuple[FloatArray, FloatArray]:
    # Twice the negatives that a positive of this step beats, ties counting one half.
    beaten = 2 * steps.negative_below + steps.negative
    beating = 2 * (steps.n_positive - steps.positive_below) - steps.positive
    pairs = (steps.n_positive * steps.n_negative)[:, 0]
    area = (steps.positive * beaten).sum(axis=1) / (2 * pairs)
    variance = _variance_of_mean(steps.positive, beaten / (2 * steps.n_negative))
    variance = variance + _variance_of_mean(steps.negative, beating / (2 * steps.n_positive))
    return np.where(pairs > 0, area, np.nan), variance


def _imbalance_at_youden(steps: _Steps) -> FloatArray:
    n_positive, n_negative = steps.n_positive, steps.n_negative
    tp, fp = n_positive - steps.positive_below, n_negative - steps.negative_below
    index = tp * n_negative - fp * n_positive
    # A score that the resample does not hold calls the same patients as the next higher one.
    # The first of tied cut-offs is the lowest, as in `youden_threshold`.
    at = np.argmax(index, axis=1)[:, None]
    sensitivity = np.take_along_axis(tp, at, axis=1) / n_positive
    specificity = 1 - np.take_along_axis(fp, at, axis=1) / n_negative
    return np.abs(sensitivity - specificity)[:, 0]


def _place(truth: BoolArray, score: FloatArray, weights: IntArray) -> FloatArray:
    """Return, for each patient, the share of the other class that is ranked correctly."""
    steps = _count(truth, score, weights)
    _, step = np.unique(score, return_inverse=True)
    beaten = (2 * steps.negative_below + steps.negative) / (2 * steps.n_negative)
    beating = 1 - (2 * steps.positive_below + steps.positive) / (2 * steps.n_positive)
    return np.where(truth, beaten[:, step], beating[:, step])


def _variance_of_mean(counts: IntArray, values: FloatArray) -> FloatArray:
    n = counts.sum(axis=1)
    mean = (counts * values).sum(axis=1) / n
    spread = (counts * (values - mean[:, None]) ** 2).sum(axis=1)
    return np.where(n > 1, spread / (n - 1) / n, np.nan)
