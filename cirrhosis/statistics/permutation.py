"""Permutation tests of the difference of two areas under ROC curves.

They hold in samples of any size and where DeLong's variance is 0, as for an area of 1.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from cirrhosis.statistics.delong import delong_covariance
from cirrhosis.statistics.estimates import Comparison
from cirrhosis.statistics.samples import (
    BoolArray,
    FloatArray,
    ObjectArray,
    read_labels,
    read_scores,
)

# Areas that differ by less are the same number of pairs, summed in another order.
TIE = 1e-12
# Cells of the arrays that hold many resamples at once, 40 MB.
MOST_CELLS = 5_000_000


def compare_auroc_permutation_paired(
    y_true: ArrayLike,
    y_score_1: ArrayLike,
    y_score_2: ArrayLike,
    *,
    rng: np.random.Generator,
    n_resamples: int = 9999,
) -> Comparison:
    """Test the difference of two areas of the same patients by exchanging their scores.

    Estimand: difference of the areas under the ROC curves, first minus second. Each score
    is replaced by its ranks over all patients; under the null hypothesis the two ranks of
    a patient may be exchanged, so this is a test of exchangeable scores that is sensitive
    to a difference of areas. Patients are independent. A random exchange changes the
    difference by a sum over patients with random signs, so no resample is sorted again.

    Args:
        y_true: Class of each patient, 1 for positive.
        y_score_1: First score of each patient, higher meaning more likely positive.
        y_score_2: Second score of each patient.
        rng: Random generator; the same state gives the same p value.
        n_resamples: Random exchanges.

    Returns:
        The comparison, without an interval; `statistic` is the difference over its standard
        deviation under all exchanges. p counts the observed data as one of the resamples,
        so it is at least 1 / (n_resamples + 1). If no exchange changes anything, p = 1 by
        convention; with a class absent everything is None. Both are said in `reason`.

    Raises:
        ValueError: If a value is missing, lengths differ, or n_resamples is below 1.

    References:
        Bandos, Rockette, Gur (2005), Statistics in Medicine 24(18), 2873-2893.
        Phipson, Smyth (2010), Stat Appl Genet Mol Biol 9(1), 39 (p values are never 0).

    Example:
        >>> rng = np.random.default_rng(1)
        >>> compare_auroc_permutation_paired([0, 1], [1, 2], [3, 4], rng=rng).p_value
        1.0
    """
    _check_number(n_resamples)
    truth = read_labels(y_true)
    ranks = [rankdata(read_scores(column, like=truth)) for column in (y_score_1, y_score_2)]
    n, method = truth.size, f"permutation_paired_{n_resamples}"
    if truth.all() or not truth.any():
        return _undefined(n, method, "one class is absent")
    weights = _weigh_exchanges(truth, *ranks)
    areas = delong_covariance(truth, *ranks).areas
    difference = float(areas[0] - areas[1])
    spread = float(np.sqrt((weights**2).sum()))
    if spread == 0:
        reason = "the two scores rank the patients alike; p = 1 by convention"
        return Comparison(difference, None, None, None, 1.0, n, method, reason)

    def draw(n_rows: int) -> FloatArray:
        signs = rng.integers(0, 2, size=(n_rows, weights.size), dtype=np.int8)
        return np.asarray(2 * (signs @ weights) - weights.sum())

    p_value = _estimate_p(draw, difference, n_resamples=n_resamples, n_cells=weights.size)
    return Comparison(difference, None, None, difference / spread, p_value, n, method)


def compare_auroc_permutation_unpaired(
    y_true_1: ArrayLike,
    y_score_1: ArrayLike,
    y_true_2: ArrayLike,
    y_score_2: ArrayLike,
    *,
    rng: np.random.Generator,
    n_resamples: int = 9999,
) -> Comparison:
    """Test the difference of two areas of different patients by exchanging their groups.

    Estimand: difference of the areas under the ROC curves, first minus second. Patients
    are reassigned to the groups within each class, so that each group keeps its numbers of
    positives and negatives. The null hypothesis is that scores are distributed alike in
    both groups within each class; that is more than equal areas, so scores on different
    scales may not be compared in this way. Patients are independent.

    Args:
        y_true_1: Class of each patient of the first group.
        y_score_1: Score of each patient of the first group.
        y_true_2: Class of each patient of the second group.
        y_score_2: Score of each patient of the second group.
        rng: Random generator; the same state gives the same p value.
        n_resamples: Random reassignments.

    Returns:
        The comparison, without interval and statistic. p counts the observed data as one of
        the resamples, so it is at least 1 / (n_resamples + 1). With a class absent in a
        group everything is None with a reason.

    Raises:
        ValueError: If a value is missing, lengths differ, or n_resamples is below 1.

    References:
        Venkatraman (2000), Biometrics 56(4), 1134-1138 (permuting unpaired ROC curves).
        Good (2005), Permutation, Parametric and Bootstrap Tests of Hypotheses, chapter 3.
        Phipson, Smyth (2010), Stat Appl Genet Mol Biol 9(1), 39 (p values are never 0).

    Example:
        >>> rng = np.random.default_rng(1)
        >>> compare_auroc_permutation_unpaired([0, 1], [1, 2], [0, 1], [1, 2], rng=rng).p_value
        1.0
    """
    _check_number(n_resamples)
    truths = [read_labels(y_true_1), read_labels(y_true_2)]
    scores = [
        read_scores(column, like=truth)
        for truth, column in zip(truths, (y_score_1, y_score_2), strict=True)
    ]
    n, method = truths[0].size + truths[1].size, f"permutation_unpaired_{n_resamples}"
    if any(truth.all() or not truth.any() for truth in truths):
        return _undefined(n, method, "one class is absent in a group")
    first, second = (
        float(delong_covariance(truth, score).areas[0])
        for truth, score in zip(truths, scores, strict=True)
    )
    is_first = np.repeat([True, False], [truths[0].size, truths[1].size])
    pooled = _PooledGroups(np.concatenate(truths), np.concatenate(scores), is_first)
    p_value = _estimate_p(
        lambda n_rows: pooled.draw(n_rows, rng), first - second, n_resamples=n_resamples, n_cells=n
    )
    return Comparison(first - second, None, None, None, p_value, n, method)


def _weigh_exchanges(truth: BoolArray, first: FloatArray, second: FloatArray) -> FloatArray:
    """Return the size of each patient's part of the difference, whose sign an exchange reverses.

    Let D be the difference of areas. A pair of a positive and a negative enters D through
    the four comparisons of their ranks; written with a sign per patient, the products of
    two signs cancel in first minus second, so D is linear in the signs. Random signs make
    those returned here irrelevant.
    """
    n_positive, n_negative = int(truth.sum()), int((~truth).sum())
    weights = np.empty(truth.size)
    for rows, others in ((truth, ~truth), (~truth, truth)):
        pool = np.sort(np.concatenate([first[others], second[others]]))
        weights[rows] = (_count_beaten(first[rows], pool) - _count_beaten(second[rows], pool)) / 2
    # Sorted, so that the order of patients has no part in a random draw.
    return np.sort(weights[weights != 0]) / (n_positive * n_negative)


def _count_beaten(ranks: FloatArray, pool: FloatArray) -> FloatArray:
    """Return how many numbers of a sorted pool each rank exceeds, ties counting one half."""
    below, up_to = np.searchsorted(pool, ranks), np.searchsorted(pool, ranks, side="right")
    return np.asarray((below + up_to) / 2)


class _PooledGroups:
    """Two groups as one sorted sample, whose patients can be dealt again."""

    def __init__(self, truth: BoolArray, score: FloatArray, is_first: BoolArray) -> None:
        # Stable: the order of patients within a group has no part in a random draw.
        order = np.argsort(score, kind="stable")
        self.truth, self.is_first = truth[order], is_first[order]
        self.starts = np.flatnonzero(np.diff(score[order], prepend=-np.inf))

    def draw(self, n_rows: int, rng: np.random.Generator) -> FloatArray:
        """Return differences of areas after reassigning patients within their class."""
        dealt = np.empty((n_rows, self.truth.size), dtype=bool)
        for rows in (self.truth, ~self.truth):
            tiled = np.broadcast_to(self.is_first[rows], (n_rows, int(rows.sum())))
            dealt[:, rows] = rng.permuted(tiled, axis=1)
        return self._measure(dealt) - self._measure(~dealt)

    def _measure(self, members: ObjectArray) -> FloatArray:
        """Return the area of the members of each row; tied scores are one step."""
        positives, negatives = (
            np.add.reduceat(members & rows, self.starts, axis=1, dtype=np.float64)
            for rows in (self.truth, ~self.truth)
        )
        below = np.cumsum(negatives, axis=1) - negatives / 2
        pairs = positives.sum(axis=1) * negatives.sum(axis=1)
        return np.asarray((positives * below).sum(axis=1) / pairs)


def _estimate_p(
    draw: Callable[[int], FloatArray], difference: float, *, n_resamples: int, n_cells: int
) -> float:
    """Return the two-sided share of resamples at least as extreme, the observed one among them."""
    most_rows = max(1, MOST_CELLS // n_cells)
    as_extreme = 0
    for start in range(0, n_resamples, most_rows):
        differences = draw(min(most_rows, n_resamples - start))
        as_extreme += int((np.abs(differences) >= abs(difference) - TIE).sum())
    return (as_extreme + 1) / (n_resamples + 1)


def _undefined(n: int, method: str, reason: str) -> Comparison:
    return Comparison(None, None, None, None, None, n, method, reason)


def _check_number(n_resamples: int) -> None:
    if n_resamples < 1:
        raise ValueError(f"expected n_resamples of at least 1, found {n_resamples}; 9999 is usual")
