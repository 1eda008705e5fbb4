"""Logistic maps: from a score to a probability, and from a probability to a better one."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from cirrhosis.statistics.calibration import calibration_in_the_large
from cirrhosis.statistics.regression import FIRTH, logistic_regression
from cirrhosis.statistics.samples import (
    BoolArray,
    FloatArray,
    check_choice,
    read_labels,
    read_log_odds,
    read_scores,
)

LIKELIHOOD = "maximum_likelihood"
UPDATES = ("intercept", "intercept_and_slope")


class LogisticMap(NamedTuple):
    """The map from x to expit(intercept + slope * x).

    Attributes:
        intercept: None when the map is undefined.
        slope: Per unit of x.
        n: Patients it was fitted on.
        n_positive: Patients of the positive class among them.
        method: `maximum_likelihood`, or `firth` where the classes are separated.
        reason: Why it is undefined, or why Firth's method was used.
        clip: Distance kept from probabilities of 0 and 1.
    """

    intercept: float | None
    slope: float | None
    n: int
    n_positive: int
    method: str
    reason: str | None = None
    clip: float = 0.0

    def apply(self, values: ArrayLike) -> FloatArray:
        """Return the probability that belongs to each value.

        Raises:
            ValueError: If the map is undefined.
        """
        if self.intercept is None or self.slope is None:
            raise ValueError(
                f"expected a fitted map, but it is undefined: {self.reason};"
                " check `intercept` before"
            )
        linear = self.intercept + self.slope * np.asarray(values, dtype=np.float64)
        return np.asarray(expit(linear), dtype=np.float64)

    def apply_to_probabilities(self, probabilities: ArrayLike) -> FloatArray:
        """Return the updated probability that belongs to each probability.

        Raises:
            ValueError: If the map is undefined.
        """
        bounded = np.clip(np.asarray(probabilities, dtype=np.float64), self.clip, 1 - self.clip)
        return self.apply(logit(bounded))


def fit_logistic_map(y_true: ArrayLike, y_score: ArrayLike) -> LogisticMap:
    """Fit the map from a score to the probability of the positive class.

    Estimand: a and b in logit P(y = 1) = a + b score, which must be linear. Patients are
    independent. It gives a score without a probability scale (FIB-4, APRI) one: fit it on
    training rows only. Separated classes have no maximum of the likelihood; Firth's
    penalty then keeps the slope finite, and `reason` says so. Undefined with a class
    absent or equal scores.

    References:
        Platt (1999), Advances in Large Margin Classifiers, 61-74.
        Heinze, Schemper (2002), Statistics in Medicine 21(16), 2409-2419.

    Example:
        >>> fit_logistic_map([0, 1, 0, 1], [1, 1, 2, 2]).apply([1.5]).round(6).tolist()
        [0.5]
    """
    truth = read_labels(y_true)
    return _fit_line(truth, read_scores(y_score, like=truth))


def fit_recalibration(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    update: str = "intercept_and_slope",
    clip: float | None = None,
) -> LogisticMap:
    """Fit the map from probabilities to probabilities that suit these patients.

    Estimand: a and b in logit P(y = 1) = a + b logit(p). Patients are independent and not
    those that are reported on.

    Args:
        y_true: Class of each patient, 1 for positive.
        y_prob: Probability of the positive class, in [0, 1].
        update: `intercept` keeps b = 1 and shifts the log odds, which needs few patients;
            `intercept_and_slope` fits both.
        clip: Distance kept from 0 and 1 when fitting and applying; without it a
            probability of 0 or 1 leaves the map undefined.

    Returns:
        The map, to be used by `apply_to_probabilities`. Edge cases as in
        `fit_logistic_map`.

    References:
        Steyerberg et al. (2004), Statistics in Medicine 23(16), 2567-2586.

    Example:
        >>> fit_recalibration([0, 1], [0.5, 0.5], update="intercept").slope
        1.0
    """
    check_choice(update, known=UPDATES, name="update")
    truth = read_labels(y_true)
    margin = 0.0 if clip is None else clip
    if update == "intercept":
        shift = calibration_in_the_large(truth, y_prob, clip=clip)
        return LogisticMap(
            shift.value,
            None if shift.value is None else 1.0,
            n=shift.n,
            n_positive=int(truth.sum()),
            method=LIKELIHOOD,
            reason=shift.reason,
            clip=margin,
        )
    log_odds, reason = read_log_odds(y_prob, like=truth, clip=clip)
    if log_odds is None:
        return LogisticMap(None, None, truth.size, int(truth.sum()), LIKELIHOOD, reason, margin)
    found = _fit_line(truth, log_odds)
    return found._replace(clip=margin, reason=found.reason or reason)


def _fit_line(truth: BoolArray, values: FloatArray) -> LogisticMap:
    intercept, (slope,), _ = logistic_regression(truth, values[:, None])
    return LogisticMap(
        intercept.coefficient,
        slope.coefficient,
        n=slope.n,
        n_positive=slope.n_positive,
        method="firth" if slope.method == FIRTH else LIKELIHOOD,
        reason=slope.reason,
    )
