"""Differences between groups in one variable, as a table of baseline data reports them."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import chi2_contingency, fisher_exact, mannwhitneyu

from cirrhosis.statistics.contingency import Counts, fisher_exact_p, fisher_monte_carlo_p
from cirrhosis.statistics.estimates import Comparison, Estimate, normal_quantile
from cirrhosis.statistics.samples import (
    FloatArray,
    check_choice,
    check_level,
    read_labels,
    read_scores,
    require_generator,
)

RANK_METHODS = ("auto", "exact", "asymptotic", "asymptotic_uncorrected")
TABLE_METHODS = ("auto", "chi_square", "chi_square_yates", "fisher", "fisher_monte_carlo")
# R's wilcox.test is exact if both groups are smaller than this and no values are tied.
EXACT_BELOW = 50
# Above it the numbers of arrangements overflow.
EXACT_UP_TO = 1000
LEAST_EXPECTED = 5
DIFFERENCE = "standardised_difference_normal"


def mann_whitney(y_true: ArrayLike, values: ArrayLike, *, method: str = "auto") -> Comparison:
    """Test whether values of one group tend to be larger than those of the other.

    Estimand: P(value of group 1 > value of group 0) - P(the reverse), Cliff's delta, which
    is `difference`; `statistic` is U of group 0, as R's `wilcox.test(values ~ group)`
    prints it. Patients are independent.

    Args:
        y_true: Group of each patient, 0 or 1.
        values: A number per patient.
        method: `auto` is R's rule: `exact` if both groups have fewer than 50 patients and
            no values are tied, else `asymptotic`, the normal with continuity correction.
            `asymptotic_uncorrected` has none.

    Returns:
        The comparison, without an interval; `method` names what was used. Undefined, with
        a reason: a group absent, all values equal, exact with ties or with more than 1000 patients.

    References:
        Mann, Whitney (1947), Annals of Mathematical Statistics 18(1), 50-60.
        Cliff (1993), Psychological Bulletin 114(3), 494-509 (delta).

    Example:
        >>> mann_whitney([0, 0, 1, 1], [1, 2, 3, 4]).difference
        1.0
    """
    check_choice(method, known=RANK_METHODS, name="method")
    group = read_labels(y_true)
    number = read_scores(values, like=group, name="values")
    first, second = number[~group], number[group]
    tied = np.unique(number).size < number.size
    if method == "auto":
        is_small = max(first.size, second.size) < EXACT_BELOW
        method = "exact" if is_small and not tied else "asymptotic"
    name, n = f"mann_whitney_{method}", number.size
    if min(first.size, second.size) == 0:
        return Comparison(None, None, None, None, None, n, name, "a group is absent")
    corrected = method != "asymptotic_uncorrected"
    kind = "exact" if method == "exact" else "asymptotic"
    reason = _refuse_rank_test(number, method=method)
    if reason:
        kind = "asymptotic"  # its statistic holds, its p value is not shown
    with np.errstate(invalid="ignore"):
        found = mannwhitneyu(first, second, method=kind, use_continuity=corrected)
    statistic = float(found.statistic)
    delta = 1 - 2 * statistic / (first.size * second.size)
    p_value = None if reason else float(found.pvalue)
    return Comparison(delta, None, None, statistic, p_value, n, name, reason)


def _refuse_rank_test(number: FloatArray, *, method: str) -> str | None:
    values = np.unique(number)
    if values.size == 1:
        return "all values are equal"
    if method == "exact" and values.size < number.size:
        return "the exact distribution does not hold with tied values"
    if method == "exact" and number.size > EXACT_UP_TO:
        return f"the exact distribution is listed for up to {EXACT_UP_TO} patients"
    return None


def chi_square_or_fisher(
    table: ArrayLike,
    *,
    method: str = "auto",
    rng: np.random.Generator | None = None,
    n_resamples: int = 99_999,
    most_partial_tables: int = 5_000_000,
) -> Comparison:
    """Test whether the rows of a table of counts share their proportions.

    Estimand: independence of the two classifications. Patients are independent, each
    counted once. There is no difference to estimate; `n` counts patients.

    Args:
        table: Counts, shape (rows, columns). Empty rows and columns are left out.
        method: `auto`: `chi_square` (Pearson's, no correction) if every expected count is
            at least 5, else `fisher`. `fisher` is exact and gives way to
            `fisher_monte_carlo` where the listing grows too long. `chi_square_yates` has
            the continuity correction (2 x 2 only; elsewhere there is none).
        rng: Random generator; needed only where the Monte Carlo test is reached.
        n_resamples: Random tables of the Monte Carlo test.
        most_partial_tables: Fillings of half a table above which exact becomes Monte
            Carlo.

    Returns:
        The comparison; `method` names what was used. With fewer than two filled rows or
        columns it is undefined.

    Raises:
        ValueError: If a count is negative or no whole number, or Monte Carlo lacks `rng`.

    References:
        Pearson (1900), Philosophical Magazine 50(302), 157-175.
        Freeman, Halton (1951), Biometrika 38(1/2), 141-149 (Fisher, r x c).
        Cochran (1954), Biometrics 10(4), 417-451 (expected counts).

    Example:
        >>> chi_square_or_fisher([[3, 0], [0, 3]]).method
        'fisher_exact'
    """
    check_choice(method, known=TABLE_METHODS, name="method")
    counts = _read_counts(table)
    n = int(counts.sum())
    if min(counts.shape) < 2:
        reason = "fewer than two rows or columns hold patients"
        name = "chi_square_or_fisher" if method == "auto" else method
        return Comparison(None, None, None, None, None, n, name, reason)
    if method == "auto":
        expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / n
        method = "chi_square" if expected.min() >= LEAST_EXPECTED else "fisher"
    if method.startswith("chi_square"):
        found = chi2_contingency(counts, correction=method == "chi_square_yates")
        statistic, p_value, freedom = (float(part) for part in found[:3])
        return Comparison(
            None, None, None, statistic, p_value, n, method, degrees_of_freedom=freedom
        )
    if method == "fisher":
        exact = _test_exactly(counts, most_partial_tables)
        if exact is not None:
            return Comparison(None, None, None, None, exact, n, "fisher_exact")
    generator = require_generator(rng, method="fisher_monte_carlo")
    p_value = fisher_monte_carlo_p(counts, rng=generator, n_resamples=n_resamples)
    name = f"fisher_monte_carlo_{n_resamples}"
    return Comparison(None, None, None, None, p_value, n, name)


def _test_exactly(counts: Counts, most_partial_tables: int) -> float | None:
    if counts.shape == (2, 2):
        return float(fisher_exact(counts).pvalue)
    return fisher_exact_p(counts, most_partial_tables=most_partial_tables)


def _read_counts(table: ArrayLike) -> Counts:
    counts = np.asarray(table, dtype=np.float64)
    if counts.ndim != 2 or counts.size == 0 or not _are_whole(counts):
        raise ValueError(
            f"expected a table (rows, columns) of whole numbers >= 0, found {counts.tolist()};"
            " count patients, do not give shares"
        )
    filled = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    return filled.astype(np.int64)


def _are_whole(counts: FloatArray) -> bool:
    return bool(np.isfinite(counts).all() and (counts >= 0).all() and (counts % 1 == 0).all())


def standardised_difference(
    first: ArrayLike, second: ArrayLike, *, confidence_level: float = 0.95
) -> Estimate:
    """Estimate the difference of two means in units of their spread, first minus second.

    Estimand: (m1 - m2) / sqrt((s1^2 + s2^2) / 2). Unlike a p value it does not grow with
    the number of patients; 0.1 is a common limit of balance. Patients are independent; the
    interval is normal. Undefined with fewer than two patients in a group or without any
    spread.

    References:
        Yang, Dalton (2012), SAS Global Forum, paper 335 (with the interval).
        Austin (2009), Statistics in Medicine 28(25), 3083-3107.

    Example:
        >>> standardised_difference([2, 4], [0, 2]).n
        4
    """
    check_level(confidence_level)
    groups = [_read_numbers(first, name="first"), _read_numbers(second, name="second")]
    n_1, n_2 = (group.size for group in groups)
    if min(n_1, n_2) < 2:
        reason = f"a spread needs two patients in each group, found {n_1} and {n_2}"
        return Estimate(None, None, None, n_1 + n_2, DIFFERENCE, reason)
    spread = float(np.sqrt(sum(group.var(ddof=1) for group in groups) / 2))
    if spread == 0:
        reason = "both groups are without spread"
        return Estimate(None, None, None, n_1 + n_2, DIFFERENCE, reason)
    distance = float(groups[0].mean() - groups[1].mean()) / spread
    margin = _margin(distance, n_1, n_2, level=confidence_level)
    return Estimate(distance, distance - margin, distance + margin, n_1 + n_2, DIFFERENCE)


def standardised_difference_of_shares(
    counts_1: ArrayLike, counts_2: ArrayLike, *, confidence_level: float = 0.95
) -> Estimate:
    """Estimate the distance of two groups' shares of categories in units of their spread.

    Estimand: Mahalanobis' distance of the two vectors of shares, without a sign; with two
    categories it is |p1 - p2| / sqrt((p1 (1 - p1) + p2 (1 - p2)) / 2). Patients are
    independent; the interval is normal and cut at 0. Categories that are empty in both
    groups are left out. Undefined with an empty group, or where the groups differ in a
    direction without spread (no category shared).

    Args:
        counts_1: Patients of the first group in each category.
        counts_2: Patients of the second group in the same categories.
        confidence_level: Coverage of the interval, in (0, 1).

    References:
        Yang, Dalton (2012), SAS Global Forum, paper 335.

    Example:
        >>> standardised_difference_of_shares([3, 7], [3, 7]).value
        0.0
    """
    check_level(confidence_level)
    counts = _read_counts([np.atleast_1d(counts_1), np.atleast_1d(counts_2)])
    n = int(counts.sum())
    if counts.shape[0] < 2:
        return Estimate(None, None, None, n, DIFFERENCE, "a group has no patient")
    n_1, n_2 = (int(total) for total in counts.sum(axis=1))
    shares = counts / counts.sum(axis=1, keepdims=True)
    apart = (shares[0] - shares[1])[:-1]
    if not apart.any():
        distance = 0.0
    else:
        spread = sum(np.diag(row) - np.outer(row, row) for row in shares[:, :-1]) / 2
        if np.linalg.matrix_rank(spread) < apart.size:
            reason = "the groups differ where neither has a spread"
            return Estimate(None, None, None, n, DIFFERENCE, reason)
        distance = float(np.sqrt(apart @ np.linalg.solve(spread, apart)))
    margin = _margin(distance, n_1, n_2, level=confidence_level)
    return Estimate(distance, max(0.0, distance - margin), distance + margin, n, DIFFERENCE)


def _margin(distance: float, n_1: int, n_2: int, *, level: float) -> float:
    variance = (n_1 + n_2) / (n_1 * n_2) + distance**2 / (2 * (n_1 + n_2))
    return normal_quantile(level) * float(np.sqrt(variance))


def _read_numbers(values: ArrayLike, *, name: str) -> FloatArray:
    numbers = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        raise ValueError(
            f"expected {name} as one column of finite numbers, found shape {numbers.shape} with"
            f" {int((~np.isfinite(numbers)).sum())} gaps; drop missing values first"
        )
    return numbers
