"""The rules that choose a sequence combination, on the sample and on every resample of it."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cirrhosis.statistics.samples import FloatArray

# Rounding must not decide whether a distance of exactly the tolerance counts.
ROUNDING = 1e-12
NOBODY = -1

Places = NDArray[np.intp]


class Measures(NamedTuple):
    """Combinations in b resamples; ordered by number of sequences, then by name.

    Attributes:
        n_sequences: Of each combination, shape (k,).
        area: Shape (k, b); NaN where undefined.
        imbalance: |sensitivity - specificity|, shape (k, b).
        error: Standard error within which the rule `parsimony` takes a combination for as
            good as the best, shape (k, b).
    """

    n_sequences: NDArray[np.int64]
    area: FloatArray
    imbalance: FloatArray
    error: FloatArray


def choose(rule: str, measures: Measures, *, tolerance: float) -> Places:
    """Return the place of the combination that a rule chooses in each resample.

    `auroc` takes the largest area. `article` takes, among combinations within `tolerance`
    of it, the smallest imbalance; this is our reading of "optimal training dataset AUC and
    balanced sensitivity and specificity". `parsimony` takes the fewest sequences within one
    standard error of it. Ties go to the larger area, then to fewer sequences, then by name.

    Args:
        rule: `auroc`, `article` or `parsimony`.
        measures: The combinations.
        tolerance: Of the rule `article`.

    Returns:
        Shape (b,); `NOBODY` where no area is defined.
    """
    area = np.where(np.isnan(measures.area), -np.inf, measures.area)
    best = area.max(axis=0)
    if rule == "article":
        near, cost = area >= best - tolerance - ROUNDING, measures.imbalance
    elif rule == "parsimony":
        # Without a standard error only the best itself is near.
        error = np.where(np.isnan(measures.error), 0.0, measures.error)
        near = area >= best - error - ROUNDING
        cost = np.repeat(measures.n_sequences[:, None].astype(np.float64), best.size, axis=1)
    else:
        near, cost = area == best, np.zeros_like(area)
    cost = np.where(near & ~np.isnan(cost), cost, np.inf)
    # The first of equal ones has fewer sequences, then the earlier name.
    chosen = np.argmax(np.where(cost == cost.min(axis=0), area, -np.inf), axis=0)
    return np.where(np.isfinite(best), chosen, NOBODY)
