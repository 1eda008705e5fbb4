"""Bootstrap intervals over patients or clusters of patients."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cirrhosis.statistics.estimates import Estimate
from cirrhosis.statistics.samples import check_level, read_labels

Rows = NDArray[np.intp]
Statistic = Callable[[Rows], float | None]
Statistics = Callable[[Rows], Sequence[float | None]]


def cluster_bootstrap(
    clusters: ArrayLike,
    statistic: Statistic,
    *,
    rng: np.random.Generator,
    n_resamples: int = 2000,
    confidence_level: float = 0.95,
) -> Estimate:
    """Bound any statistic by percentiles over resampled clusters.

    Estimand: that of `statistic`, on the population of clusters. Clusters are drawn with
    replacement and keep all their rows, so rows of one patient (or family, or centre) may
    depend on each other; clusters may not. `n` counts clusters.

    Args:
        clusters: Cluster of each row, shape (n,).
        statistic: Maps row numbers (with repetitions) to a value; None where undefined.
        rng: Random generator; the same state gives the same interval.
        n_resamples: Number of resamples.
        confidence_level: Coverage aimed at, in (0, 1).

    Returns:
        The statistic on all rows with percentile limits. Resamples without a value are
        left out and counted in `reason`; with fewer than two clusters there are no limits.

    References:
        Efron, Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
        Field, Welsh (2007), J R Stat Soc B 69(3), 369-390 (clusters).

    Example:
        >>> rng = np.random.default_rng(1)
        >>> cluster_bootstrap(["a", "b"], lambda rows: 1.0, rng=rng, n_resamples=10).low
        1.0
    """
    labels = np.asarray(clusters)
    _, index, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    rows = np.argsort(index, kind="stable")
    starts, n = np.cumsum(sizes) - sizes, sizes.size

    def draw() -> Rows:
        chosen = rng.integers(n, size=n)
        lengths = sizes[chosen]
        # Within a cluster row numbers run on; at each new cluster they jump to its start.
        jumps = np.repeat(starts[chosen] - (np.cumsum(lengths) - lengths), lengths)
        return rows[jumps + np.arange(jumps.size)]

    value = statistic(np.arange(labels.size))
    if n < 2:
        reason = f"a bootstrap over clusters needs two of them, found {n}"
        return Estimate(value, None, None, n, "bootstrap", reason)
    values = [statistic(draw()) for _ in range(n_resamples)]
    return _summarise(value, values, n=n, confidence_level=confidence_level)


def patient_bootstrap(
    n: int,
    statistics: Statistics,
    *,
    rng: np.random.Generator,
    n_resamples: int = 2000,
    confidence_level: float = 0.95,
) -> list[Estimate]:
    """Bound several statistics by percentiles over the same resampled patients.

    Estimands: those of `statistics`. Patients are independent and drawn with replacement.

    Args:
        n: Number of patients.
        statistics: Maps row numbers (with repetitions) to values; None where undefined.
        rng: Random generator.
        n_resamples: Number of resamples.
        confidence_level: Coverage aimed at, in (0, 1).

    Returns:
        One estimate per value, with edge cases as in `cluster_bootstrap`.

    References:
        Efron, Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> patient_bootstrap(3, lambda rows: (1.0, 2.0), rng=rng, n_resamples=9)[1].low
        2.0
    """
    values = statistics(np.arange(n))
    resampled = [statistics(rng.integers(n, size=n)) for _ in range(n_resamples)]
    return [
        _summarise(value, list(column), n=n, confidence_level=confidence_level)
        for value, column in zip(values, zip(*resampled, strict=True), strict=True)
    ]


def stratified_bootstrap(
    y_true: ArrayLike,
    statistic: Statistic,
    *,
    rng: np.random.Generator,
    n_resamples: int = 2000,
    confidence_level: float = 0.95,
) -> Estimate:
    """Bound any statistic by percentiles over patients resampled within each class.

    Estimand: that of `statistic`, at the sample's share of positives. Each class keeps
    its size, so every resample has both classes. Patients are independent; `n` counts
    them.

    Args:
        y_true: Class of each patient, 1 for positive, shape (n,).
        statistic: Maps row numbers (with repetitions) to a value; None where undefined.
        rng: Random generator.
        n_resamples: Number of resamples.
        confidence_level: Coverage aimed at, in (0, 1).

    References:
        Efron, Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> stratified_bootstrap([0, 1], lambda rows: 0.5, rng=rng, n_resamples=10).high
        0.5
    """
    truth = read_labels(y_true)
    strata = [rows for rows in (np.flatnonzero(truth), np.flatnonzero(~truth)) if rows.size]

    def draw() -> Rows:
        return np.concatenate([rng.choice(rows, size=rows.size) for rows in strata])

    value = statistic(np.arange(truth.size))
    values = [statistic(draw()) for _ in range(n_resamples)]
    return _summarise(value, values, n=truth.size, confidence_level=confidence_level)


def _summarise(
    value: float | None, values: list[float | None], *, n: int, confidence_level: float
) -> Estimate:
    check_level(confidence_level)
    defined = [one for one in values if one is not None]
    n_without = len(values) - len(defined)
    reason = f"{n_without} of {len(values)} resamples have no value" if n_without else None
    if value is None or not defined:
        return Estimate(value, None, None, n, "bootstrap", reason or "the statistic is undefined")
    tail = (1 - confidence_level) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Estimate(value, float(low), float(high), n, "bootstrap", reason)
