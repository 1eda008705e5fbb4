"""Logistic maps: from a score to a probability, and from a probability to a better one."""

from typing import NamedTuple

import numpy as np
import statsmodels.api as sm
from firthmodels import FirthLogisticRegression, detect_separation
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from cirrhosis.statistics.samples import (
    BoolArray,
    FloatArray,
    check_choice,
    read_labels,
    read_probabilities,
    read_scores,
)

LIKELIHOOD, FIRTH = "maximum_likelihood", "firth"
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
    return _fit_line(truth, read_scores(y_score, like=truth), noun="score", clip=0.0)


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
    bounded = np.clip(read_probabilities(y_prob, like=truth), margin, 1 - margin)
    at_the_end = int(((bounded == 0) | (bounded == 1)).sum())
    if at_the_end:
        reason = f"{at_the_end} probabilities are 0 or 1, so their logit is infinite; give clip"
        return LogisticMap(None, None, truth.size, int(truth.sum()), LIKELIHOOD, reason, margin)
    log_odds = np.asarray(logit(bounded), dtype=np.float64)
    if update == "intercept_and_slope":
        return _fit_line(truth, log_odds, noun="probability", clip=margin)
    return _fit_shift(truth, log_odds, clip=margin)


def _fit_shift(truth: BoolArray, log_odds: FloatArray, *, clip: float) -> LogisticMap:
    n, n_positive = truth.size, int(truth.sum())
    if n_positive in (0, n):
        return LogisticMap(None, None, n, n_positive, LIKELIHOOD, "a class is absent", clip)
    family = sm.families.Binomial()
    model = sm.GLM(truth.astype(float), np.ones((n, 1)), family=family, offset=log_odds)
    intercept = float(model.fit(tol=1e-12).params[0])
    return LogisticMap(intercept, 1.0, n, n_positive, LIKELIHOOD, None, clip)


def _fit_line(truth: BoolArray, values: FloatArray, *, noun: str, clip: float) -> LogisticMap:
    n, n_positive = truth.size, int(truth.sum())
    if np.ptp(values) == 0 or n_positive in (0, n):
        why = f"every {noun} is equal" if 0 < n_positive < n else "a class is absent"
        return LogisticMap(None, None, n, n_positive, LIKELIHOOD, why, clip)
    # Both likelihoods are unchanged by scaling, the solvers' steps and limits are not.
    center, spread = float(values.mean()), float(values.std())
    scaled = (values - center) / spread
    method, reason = LIKELIHOOD, None
    if detect_separation(scaled[:, None], truth.astype(int)).separation:
        method, reason = FIRTH, f"the classes are separated by the {noun}"
        firth = FirthLogisticRegression(backend="numpy", max_iter=200, gtol=1e-6, xtol=1e-6)
        firth.fit(scaled[:, None], truth.astype(int))
        intercept, slope = float(firth.intercept_), float(firth.coef_[0])
    else:
        family = sm.families.Binomial()
        model = sm.GLM(truth.astype(float), sm.add_constant(scaled), family=family)
        intercept, slope = (float(one) for one in model.fit(tol=1e-12).params)
    slope /= spread
    return LogisticMap(intercept - slope * center, slope, n, n_positive, method, reason, clip)
