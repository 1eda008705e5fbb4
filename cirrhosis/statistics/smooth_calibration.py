"""Calibration without a straight line: a smooth curve and its distance from the diagonal."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skmisc.loess import loess

from cirrhosis.statistics.samples import (
    BoolArray,
    FloatArray,
    check_choice,
    read_labels,
    read_probabilities,
)

Counts = NDArray[np.int64]
SMOOTHERS = ("loess_interpolate", "loess_direct")
SPAN = 0.75
# Below this a local quadratic has no three patients to be drawn through.
FEWEST = 4
# Rows of the matrix (points, points) that are held at once.
CHUNK = 512
NEAR_SINGULAR = "loess_interpolate is nearly singular here, so loess_direct stands in"


class SmoothCalibration(NamedTuple):
    """Distance of the smooth curve from the diagonal, over patients.

    Attributes:
        ici: Integrated calibration index, the mean distance; None when undefined.
        e50: Median distance.
        e90: Ninth decile of the distances.
        emax: Largest distance.
        predicted: Distinct probabilities, ascending.
        observed: Smooth share of positives at each; it may leave [0, 1].
        n: Patients.
        smoother: `loess_interpolate` or `loess_direct`, the one actually used.
        reason: Why it is another one than asked for, or why nothing is defined.
    """

    ici: float | None
    e50: float | None
    e90: float | None
    emax: float | None
    predicted: FloatArray
    observed: FloatArray
    n: int
    smoother: str
    reason: str | None = None


def smooth_calibration(
    y_true: ArrayLike, y_prob: ArrayLike, *, smoother: str = "loess_interpolate"
) -> SmoothCalibration:
    """Estimate how far a smooth calibration curve is from the diagonal.

    Estimand: mean, median, ninth decile and maximum over patients of |P(y = 1 | p) - p|,
    where P(y = 1 | p) is a local quadratic with tricube weights and span 0.75. Patients
    are independent. The numbers depend on the smoother, by some per cent in hundreds of
    patients, and are biased upwards in few: never compare those of two smoothers.

    Args:
        y_true: Class of each patient, 1 for positive.
        y_prob: Probability of the positive class, in [0, 1].
        smoother: `loess_interpolate`: what R's `loess` does by default, exact at a few
            vertices and interpolated between. `loess_direct`: exact at every probability,
            in quadratic time; also used where the former finds too few distinct values.

    Returns:
        The distances and the curve. With fewer than four patients nothing is defined.

    References:
        Austin, Steyerberg (2019), Statistics in Medicine 38(21), 4051-4065 (ICI).
        Cleveland, Devlin (1988), J Am Stat Assoc 83(403), 596-610 (loess).

    Example:
        >>> smooth_calibration([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5]).ici
        0.0
    """
    check_choice(smoother, known=SMOOTHERS, name="smoother")
    truth = read_labels(y_true)
    probability = read_probabilities(y_prob, like=truth)
    if truth.size < FEWEST:
        empty, few = np.empty(0), f"a local quadratic needs {FEWEST} patients"
        return SmoothCalibration(None, None, None, None, empty, empty, truth.size, smoother, few)
    predicted, counts = np.unique(probability, return_counts=True)
    observed: FloatArray | None = None
    reason = None
    if smoother == "loess_interpolate":
        observed = _interpolate(truth, probability, at=predicted)
        if observed is None:
            smoother, reason = "loess_direct", NEAR_SINGULAR
    if observed is None:
        positives = np.bincount(np.searchsorted(predicted, probability), weights=truth)
        observed = _fit_directly(predicted, positives / counts, counts)
    distance = np.repeat(np.abs(observed - predicted), counts)
    e50, e90 = (float(one) for one in np.quantile(distance, [0.5, 0.9]))
    ici, emax = float(distance.mean()), float(distance.max())
    n = truth.size
    return SmoothCalibration(ici, e50, e90, emax, predicted, observed, n, smoother, reason)


def _interpolate(truth: BoolArray, probability: FloatArray, *, at: FloatArray) -> FloatArray | None:
    # The order of tied patients may not reach the library's sums.
    order = np.lexsort((truth, probability))
    x, y = probability[order], truth[order].astype(float)
    # trace_hat concerns standard errors only; exact ones take quadratic time.
    model = loess(x, y, span=SPAN, trace_hat="approximate")
    try:
        model.fit()
    except ValueError:
        # R only warns here and prints what is left of the fit.
        return None
    fitted = np.asarray(model.outputs.fitted_values, dtype=np.float64)
    return fitted[np.searchsorted(x, at)]


def _fit_directly(points: FloatArray, means: FloatArray, counts: Counts) -> FloatArray:
    """Fit a weighted quadratic at each distinct point; equal patients enter as a count."""
    n_near = int(SPAN * counts.sum())
    patients = np.repeat(points, counts)
    # The nearest patients are neighbours in order: the best of all windows of that length.
    starts, ends = patients[: patients.size - n_near + 1], patients[n_near - 1 :]
    fitted = np.empty(points.size)
    for start in range(0, points.size, CHUNK):
        here = points[start : start + CHUNK, None]
        width = np.maximum(here - starts, ends - here).min(axis=1)[:, None]
        scaled = (points - here) / np.where(width > 0, width, 1.0)
        near = np.clip(1 - np.abs(scaled * scaled * scaled), 0, None)
        # Without a width all neighbours are equal, and their mean is the fit.
        weights = counts * np.where(width > 0, near * near * near, scaled == 0)
        fitted[start : start + CHUNK] = _solve(scaled, weights, means)
    return fitted


def _solve(scaled: FloatArray, weights: FloatArray, means: FloatArray) -> FloatArray:
    """Return the values at 0 of weighted quadratics, of minimal norm where many fit."""
    powers = [weights]
    for _ in range(4):
        powers.append(powers[-1] * scaled)
    moments = [power.sum(axis=1) for power in powers]
    gram = np.array([[moments[i + j] for j in range(3)] for i in range(3)]).transpose(2, 0, 1)
    right = np.array([power @ means for power in powers[:3]]).T
    inverse = np.linalg.pinv(gram, hermitian=True, rcond=1e-12)
    return np.asarray((inverse[:, 0] * right).sum(axis=1))
