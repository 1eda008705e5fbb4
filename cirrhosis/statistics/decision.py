"""Net benefit of acting on a predicted probability."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cirrhosis.statistics.samples import FloatArray, read_labels, read_probabilities

# Removes the noise of 0.29000000000000004 and keeps every threshold that someone means.
DECIMALS = 10


class NetBenefit(NamedTuple):
    """A decision curve: one value per threshold.

    Attributes:
        threshold: Threshold probabilities, rounded to ten decimals, in the order given.
        net_benefit: Of calling positive whoever has a probability >= threshold.
        tp_rate: True positives as a share of all patients.
        fp_rate: False positives as a share of all patients.
        treat_all: Net benefit of calling everybody positive; nobody positive has 0.
        n: Patients.
        n_positive: Patients of the positive class.
    """

    threshold: FloatArray
    net_benefit: FloatArray
    tp_rate: FloatArray
    fp_rate: FloatArray
    treat_all: FloatArray
    n: int
    n_positive: int


def net_benefit(y_true: ArrayLike, y_prob: ArrayLike, *, thresholds: ArrayLike) -> NetBenefit:
    """Estimate the net benefit of a prediction at threshold probabilities.

    Estimand: TP/n - FP/n * t/(1 - t), in true positives per patient, at the sample's share
    of positives. Patients are independent, and a patient is called positive if the
    probability is >= t. Without an interval: resample patients for one. An absent class
    is no obstacle; its rate is 0.

    Args:
        y_true: Class of each patient, 1 for positive.
        y_prob: Probability of the positive class, in [0, 1].
        thresholds: Threshold probabilities in [0, 1).

    Raises:
        ValueError: If a threshold is outside [0, 1) or a probability outside [0, 1].

    References:
        Vickers, Elkin (2006), Medical Decision Making 26(6), 565-574.

    Example:
        >>> net_benefit([0, 1], [0.2, 0.7], thresholds=[0.5]).net_benefit.tolist()
        [0.5]
    """
    truth = read_labels(y_true)
    probability = read_probabilities(y_prob, like=truth)
    cut: FloatArray = np.atleast_1d(np.asarray(thresholds, dtype=np.float64)).round(DECIMALS)
    if cut.ndim != 1 or not ((cut >= 0) & (cut < 1)).all():
        raise ValueError(
            f"expected thresholds in [0, 1), found {cut.tolist()[:3]}; the odds of 1 are"
            " infinite, and per cents are written as shares"
        )
    odds: FloatArray = cut / (1 - cut)
    n = truth.size
    positives, negatives = np.sort(probability[truth]), np.sort(probability[~truth])
    tp_rate = (positives.size - np.searchsorted(positives, cut, side="left")) / n
    fp_rate = (negatives.size - np.searchsorted(negatives, cut, side="left")) / n
    return NetBenefit(
        threshold=cut,
        net_benefit=tp_rate - fp_rate * odds,
        tp_rate=tp_rate,
        fp_rate=fp_rate,
        treat_all=positives.size / n - negatives.size / n * odds,
        n=n,
        n_positive=positives.size,
    )
