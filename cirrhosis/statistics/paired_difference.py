"""Interval of the difference of two proportions of the same patients."""

import numpy as np
from numpy.typing import ArrayLike

from cirrhosis.statistics.classification import confusion_counts
from cirrhosis.statistics.estimates import Estimate, normal_quantile
from cirrhosis.statistics.samples import check_level


def paired_difference(
    correct_1: ArrayLike, correct_2: ArrayLike, *, confidence_level: float = 0.95
) -> Estimate:
    """Estimate the difference of two shares of the same patients, first minus second.

    Estimand: P(first is right) - P(second is right). Pairs are independent. The interval is
    Wald's after one pair is added to each kind of discordant pairs (Laplace's adjustment),
    cut to [-1, 1]; it has width even where no pair is discordant, and covers near its level
    in small samples, which the plain Wald interval does not.

    Args:
        correct_1: 1 where the first call is right, shape (n,).
        correct_2: 1 where the second call is right, shape (n,).
        confidence_level: Coverage aimed at, in (0, 1).

    Returns:
        The difference, without the adjustment, and its interval.

    References:
        Bonett, Price (2012), J Educ Behav Stat 37(4), 479-488.
        Fagerland, Lydersen, Laake (2014), Statistics in Medicine 33(16), 2850-2875.

    Example:
        >>> paired_difference([1, 1, 1, 0], [0, 0, 1, 0]).value
        0.5
    """
    check_level(confidence_level)
    counts = confusion_counts(correct_1, correct_2)
    # Of first right against second right: fn is "first alone", fp "second alone".
    n, first, second = sum(counts), counts.fn, counts.fp
    share_1, share_2 = (first + 1) / (n + 2), (second + 1) / (n + 2)
    middle = share_1 - share_2
    variance = (share_1 + share_2 - middle**2) / (n + 2)
    margin = normal_quantile(confidence_level) * float(np.sqrt(variance))
    low, high = max(-1.0, middle - margin), min(1.0, middle + margin)
    return Estimate((first - second) / n, low, high, n, "bonett_price")
