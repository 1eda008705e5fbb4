"""Agreement of predicted probabilities with observed classes."""

import numpy as np
import statsmodels.api as sm
from firthmodels import detect_separation
from numpy.typing import ArrayLike
from scipy.special import logit

from cirrhosis.statistics.estimates import Estimate, normal_quantile
from cirrhosis.statistics.samples import (
    BoolArray,
    FloatArray,
    check_level,
    read_labels,
    read_probabilities,
)

RECALIBRATION = "logistic_recalibration_wald"


def brier_score(
    y_true: ArrayLike, y_prob: ArrayLike, *, confidence_level: float = 0.95
) -> Estimate:
    """Estimate the mean squared difference of probability and class.

    Estimand: E[(p - y)^2]; 0 is perfect, prevalence * (1 - prevalence) is what the
    constant prevalence reaches. Patients are independent; the interval is that of a mean,
    cut to [0, 1], and needs two patients.

    References:
        Brier (1950), Monthly Weather Review 78(1), 1-3.

    Example:
        >>> brier_score([0, 1], [0.0, 0.5]).value
        0.125
    """
    check_level(confidence_level)
    truth = read_labels(y_true)
    errors = (read_probabilities(y_prob, like=truth) - truth) ** 2
    value = float(errors.mean())
    if truth.size < 2:
        reason = "a variance needs two patients"
        return Estimate(value, None, None, truth.size, "normal_mean", reason)
    margin = normal_quantile(confidence_level) * float(errors.std(ddof=1)) / np.sqrt(truth.size)
    low, high = max(0.0, value - float(margin)), min(1.0, value + float(margin))
    return Estimate(value, low, high, truth.size, "normal_mean")


def observed_to_expected(
    y_true: ArrayLike, y_prob: ArrayLike, *, confidence_level: float = 0.95
) -> Estimate:
    """Estimate the ratio of observed to expected positives.

    Estimand: number of positives / sum of probabilities; 1 is calibrated on average,
    above 1 means risks are too low. The probabilities are taken as fixed; the interval is
    normal on the log scale. Without a positive patient there is no interval; with a sum
    of 0 no value.

    References:
        Debray et al. (2017), BMJ 356, i6460, appendix.

    Example:
        >>> observed_to_expected([0, 1], [0.5, 0.5]).value
        1.0
    """
    check_level(confidence_level)
    truth = read_labels(y_true)
    expected = float(read_probabilities(y_prob, like=truth).sum())
    observed, n, method = int(truth.sum()), truth.size, "log_normal"
    if expected == 0:
        return Estimate(None, None, None, n, method, "the probabilities sum to 0")
    if observed == 0:
        return Estimate(0.0, None, None, n, method, "the logarithm of 0 positives is infinite")
    ratio = observed / expected
    half = normal_quantile(confidence_level) * float(np.sqrt((1 - observed / n) / observed))
    return Estimate(ratio, ratio * float(np.exp(-half)), ratio * float(np.exp(half)), n, method)


def calibration_slope(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    clip: float | None = None,
    confidence_level: float = 0.95,
) -> Estimate:
    """Estimate the slope of the class on the logit of the probability.

    Estimand: b in logit P(y = 1) = a + b logit(p); 1 is ideal, below 1 means probabilities
    are too extreme, above 1 too moderate. Patients are independent. Undefined, with a
    reason, with a class absent, equal probabilities, separated classes, or probabilities
    of exactly 0 or 1 while `clip` is None.

    Args:
        y_true: Class of each patient, 1 for positive.
        y_prob: Probability of the positive class, in [0, 1].
        clip: Distance kept from 0 and 1; the number of moved probabilities is reported.
        confidence_level: Coverage of Wald's interval, in (0, 1).

    Returns:
        The slope.

    References:
        Cox (1958), Biometrika 45(3/4), 562-565.
        Van Calster et al. (2016), J Clin Epidemiol 74, 167-176.

    Example:
        >>> calibration_slope([0, 1, 0, 1], [0.2, 0.2, 0.8, 0.8]).n
        4
    """
    return _recalibrate(y_true, y_prob, term=1, clip=clip, level=confidence_level)


def calibration_intercept(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    clip: float | None = None,
    confidence_level: float = 0.95,
) -> Estimate:
    """Estimate the intercept that goes with the calibration slope.

    Estimand: a in logit P(y = 1) = a + b logit(p). It is not calibration-in-the-large,
    which fixes b = 1. Arguments and edge cases as in `calibration_slope`.

    References:
        Cox (1958), Biometrika 45(3/4), 562-565.

    Example:
        >>> round(calibration_intercept([0, 1, 0, 1], [0.2, 0.2, 0.8, 0.8]).value, 6)
        0.0
    """
    return _recalibrate(y_true, y_prob, term=0, clip=clip, level=confidence_level)


def calibration_in_the_large(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    clip: float | None = None,
    confidence_level: float = 0.95,
) -> Estimate:
    """Estimate the mean shift of the log odds, the slope held at 1.

    Estimand: a in logit P(y = 1) = a + logit(p); 0 is ideal, above 0 means risks are too
    low. Patients are independent. Undefined with a class absent, or probabilities of 0 or
    1 while `clip` is None.

    References:
        Steyerberg, Vergouwe (2014), European Heart Journal 35(29), 1925-1931.

    Example:
        >>> round(calibration_in_the_large([0, 1], [0.5, 0.5]).value, 6)
        0.0
    """
    check_level(confidence_level)
    truth = read_labels(y_true)
    offset, reason = _read_log_odds(truth, y_prob, clip=clip)
    if offset is None:
        return Estimate(None, None, None, truth.size, RECALIBRATION, reason)
    design = np.ones((truth.size, 1))
    return _fit(truth, design, term=0, offset=offset, level=confidence_level, reason=reason)


def _recalibrate(
    y_true: ArrayLike, y_prob: ArrayLike, *, term: int, clip: float | None, level: float
) -> Estimate:
    check_level(level)
    truth = read_labels(y_true)
    log_odds, reason = _read_log_odds(truth, y_prob, clip=clip)
    if log_odds is not None and np.ptp(log_odds) == 0:
        log_odds, reason = None, "all probabilities are equal"
    if log_odds is not None and detect_separation(log_odds[:, None], truth.astype(int)).separation:
        log_odds, reason = None, "the classes are separated by the probability"
    if log_odds is None:
        return Estimate(None, None, None, truth.size, RECALIBRATION, reason)
    design = np.column_stack([np.ones(truth.size), log_odds])
    return _fit(truth, design, term=term, offset=None, level=level, reason=reason)


def _read_log_odds(
    truth: BoolArray, y_prob: ArrayLike, *, clip: float | None
) -> tuple[FloatArray | None, str | None]:
    probabilities = read_probabilities(y_prob, like=truth)
    if truth.all() or not truth.any():
        return None, "a class is absent"
    margin = 0.0 if clip is None else clip
    moved = int(((probabilities < margin) | (probabilities > 1 - margin)).sum())
    bounded = np.clip(probabilities, margin, 1 - margin)
    at_the_end = int(((bounded == 0) | (bounded == 1)).sum())
    if at_the_end:
        return None, f"{at_the_end} probabilities are 0 or 1, so their logit is infinite"
    reason = f"{moved} probabilities were moved to {margin:g} from 0 or 1" if moved else None
    return np.asarray(logit(bounded), dtype=np.float64), reason


def _fit(
    truth: BoolArray,
    design: FloatArray,
    *,
    term: int,
    offset: FloatArray | None,
    level: float,
    reason: str | None,
) -> Estimate:
    family = sm.families.Binomial()
    result = sm.GLM(truth.astype(float), design, family=family, offset=offset).fit(tol=1e-12)
    value, error = float(result.params[term]), float(result.bse[term])
    margin = normal_quantile(level) * error
    return Estimate(value, value - margin, value + margin, truth.size, RECALIBRATION, reason)
