"""Fisher's exact test of a table with any number of rows and columns."""

from math import comb, prod

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln
from scipy.stats import random_table

from cirrhosis.statistics.samples import FloatArray

Counts = NDArray[np.int64]
# R's tolerance: tables this much more probable than the observed one count as equal to it.
TIE = np.log1p(1e-7)
CHUNK = 10_000
# All ways to deal the rows to two halves are tried, which doubles with every row.
MOST_ROWS = 14
# Column sums are joined one by one.
MOST_STATES = 100_000


def fisher_exact_p(counts: Counts, *, most_partial_tables: int) -> float | None:
    """Return the p value of Fisher's exact test, or None above a size.

    Estimand: the probability, given the margins and independence, of a table that is at
    most as probable as the observed one. The rows are split in two halves; all fillings of
    each half are listed and joined where their column sums add up, so the work grows with
    the fillings of half a table.

    Args:
        counts: Whole numbers, shape (rows, columns), without empty rows or columns.
        most_partial_tables: Size of a list above which None is returned.

    References:
        Freeman, Halton (1951), Biometrika 38(1/2), 141-149.

    Example:
        >>> round(fisher_exact_p(np.array([[3, 0], [0, 3]]), most_partial_tables=100), 6)
        0.1
    """
    # States are column sums, so the shorter side serves as columns.
    table = counts if counts.shape[0] >= counts.shape[1] else counts.T
    # The fullest column comes last, which the others decide.
    columns = np.sort(table.sum(axis=0))
    if prod(int(most) + 1 for most in columns[:-1]) > MOST_STATES:
        return None
    halves = _split(table.sum(axis=1), columns, most=most_partial_tables)
    if halves is None:
        return None
    first, second = (_fill(rows, columns) for rows in halves)
    limit = _log_weight(table).sum() + TIE
    return _join(first, second, columns=columns, limit=float(limit))


def fisher_monte_carlo_p(counts: Counts, *, rng: np.random.Generator, n_resamples: int) -> float:
    """Return a p value of Fisher's exact test from random tables with the same margins.

    Estimand as in `fisher_exact_p`; the observed table counts as one of the draws, so the
    p value is never 0 and the test keeps its level.

    References:
        Patefield (1981), Applied Statistics 30(1), 91-97 (random tables).
        Davison, Hinkley (1997), Bootstrap Methods and their Application, section 4.2.

    Example:
        >>> rng = np.random.default_rng(1)
        >>> fisher_monte_carlo_p(np.array([[1, 1], [1, 1]]), rng=rng, n_resamples=9)
        1.0
    """
    draw = random_table(counts.sum(axis=1), counts.sum(axis=0))
    limit = _log_weight(counts).sum() + TIE
    at_most = 0
    for start in range(0, n_resamples, CHUNK):
        tables = draw.rvs(min(CHUNK, n_resamples - start), random_state=rng)
        at_most += int((_log_weight(tables).sum(axis=(1, 2)) <= limit).sum())
    return (at_most + 1) / (n_resamples + 1)


def _log_weight(counts: Counts) -> FloatArray:
    # Given the margins, a table's probability is proportional to the product of 1 / count!.
    return np.asarray(-gammaln(counts + 1.0), dtype=np.float64)


def _split(rows: Counts, columns: Counts, *, most: int) -> tuple[Counts, Counts] | None:
    """Deal the rows to two halves with about equally many fillings, None above `most`."""
    if rows.size > MOST_ROWS:
        return None
    ways = np.array([_bound_ways(int(total), columns) for total in rows], dtype=np.float64)
    best, chosen = np.inf, np.zeros(rows.size, dtype=bool)
    for pattern in range(2 ** (rows.size - 1)):
        mine = np.array([bool(pattern >> k & 1) for k in range(rows.size)])
        larger = max(float(ways[mine].prod()), float(ways[~mine].prod()))
        if larger < best:
            best, chosen = larger, mine
    return None if best > most else (rows[chosen], rows[~chosen])


def _bound_ways(total: int, columns: Counts) -> int:
    """Return a number of ways that a row cannot exceed: its last cell follows from the others."""
    free = columns[:-1]
    return min(comb(total + free.size, free.size), prod(min(total, int(most)) + 1 for most in free))


def _fill(rows: Counts, columns: Counts) -> tuple[Counts, FloatArray]:
    """List column sums and log weights of all fillings of some rows.

    The last column is left out of the sums: the other columns and the rows decide it.
    """
    sums, weights = np.zeros((1, columns.size - 1), dtype=np.int64), np.zeros(1)
    for so_far, total in zip(np.cumsum(rows), rows, strict=True):
        ways = _compose(int(total), columns)
        sums = (sums[:, None] + ways[None, :, :-1]).reshape(-1, columns.size - 1)
        weights = (weights[:, None] + _log_weight(ways).sum(axis=1)).ravel()
        fits = (sums <= columns[:-1]).all(axis=1) & (so_far - sums.sum(axis=1) <= columns[-1])
        sums, weights = sums[fits], weights[fits]
    return sums, weights


def _compose(total: int, columns: Counts) -> Counts:
    """List all ways to write a row total as counts that the columns can hold."""
    ways = np.zeros((1, 0), dtype=np.int64)
    for most in columns[:-1]:
        rest = total - ways.sum(axis=1)
        here = np.arange(min(total, int(most)) + 1)
        at, count = np.nonzero(here[None] <= rest[:, None])
        ways = np.column_stack([ways[at], here[count]])
    last = total - ways.sum(axis=1)
    return np.column_stack([ways, last])[last <= columns[-1]]


def _join(
    first: tuple[Counts, FloatArray],
    second: tuple[Counts, FloatArray],
    *,
    columns: Counts,
    limit: float,
) -> float:
    """Sum the weights of pairs of halves that fill the columns, up to a limit and in all."""
    base = np.cumprod(np.append(1, columns[:-2] + 1))
    needed, mine = _sort(columns[:-1] - first[0], first[1], base=base)
    offered, theirs = _sort(second[0], second[1], base=base)
    states, starts = np.unique(needed, return_index=True)
    extreme = total = 0.0
    for state, own in zip(states, np.split(mine, starts[1:]), strict=True):
        partners = theirs[slice(*np.searchsorted(offered, [state, state + 1]))]
        cumulated = np.append(0.0, np.cumsum(np.exp(partners - theirs.max())))
        within = np.searchsorted(partners, limit - own, side="right")
        shares = np.exp(own - mine.max())
        extreme += float(shares @ cumulated[within])
        total += float(shares.sum() * cumulated[-1])
    return extreme / total


def _sort(sums: Counts, weights: FloatArray, *, base: Counts) -> tuple[Counts, FloatArray]:
    """Sort by column sums, written as one number, then by weight."""
    state = sums @ base
    order = np.lexsort((weights, state))
    return state[order], weights[order]
