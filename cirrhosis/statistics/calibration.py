"""Agreement of predicted probabilities with observed classes."""

from dataclasses import dataclass, replace

import numpy as np
import statsmodels.api as sm
from numpy.typing import ArrayLike

from cirrhosis.statistics.estimates import Estimate, normal_quantile
from cirrhosis.statistics.regression import LIKELIHOOD, logistic_regression
from cirrhosis.statistics.resampling import Rows, patient_bootstrap
from cirrhosis.statistics.samples import (
    BoolArray,
    FloatArray,
    check_level,
    read_labels,
    read_log_odds,
    read_probabilities,
)
from cirrhosis.statistics.smooth_calibration import smooth_calibration

RECALIBRATION = "logistic_recalibration_wald"
NO_INTERVAL = "no interval: give rng for a bootstrap over patients"


@dataclass(frozen=True)
class CalibrationSummary:
    """All measures of calibration of one model on one set of patients.

    Attributes:
        intercept: See `calibration_intercept`.
        slope: See `calibration_slope`.
        in_the_large: See `calibration_in_the_large`.
        brier_score: See `brier_score`.
        scaled_brier_score: See `scaled_brier_score`.
        observed_to_expected: See `observed_to_expected`.
        ici: Mean distance of a smooth curve from the diagonal; `method` names the smoother.
        e50: Median distance.
        e90: Ninth decile of the distances.
        emax: Largest distance.
    """

    intercept: Estimate
    slope: Estimate
    in_the_large: Estimate
    brier_score: Estimate
    scaled_brier_score: Estimate
    observed_to_expected: Estimate
    ici: Estimate
    e50: Estimate
    e90: Estimate
    emax: Estimate


def calibration(
    y_true: ArrayLike,
    y_prob: ArrayLike,
    *,
    clip: float | None = None,
    smoother: str = "loess_interpolate",
    rng: np.random.Generator | None = None,
    n_resamples: int = 500,
    confidence_level: float = 0.95,
) -> CalibrationSummary:
    """Estimate every measure of calibration.

    Estimands, assumptions and edge cases are those of the functions named in
    `CalibrationSummary` and of `smooth_calibration`; patients are independent.

    Args:
        y_true: Class of each patient, 1 for positive.
        y_prob: Probability of the positive class, in [0, 1].
        clip: Distance kept from 0 and 1 by intercept, slope and in-the-large.
        smoother: `loess_interpolate` or `loess_direct`.
        rng: Random generator of the bootstrap behind the intervals of ICI, E50, E90 and
            Emax; without it they have none. Distances cannot be negative, so these
            intervals lie too high where a model is well calibrated.
        n_resamples: Resamples of patients.
        confidence_level: Coverage aimed at, in (0, 1).

    References:
        Van Calster et al. (2019), BMC Medicine 17, 230.
        Austin, Steyerberg (2019), Statistics in Medicine 38(21), 4051-4065.

    Example:
        >>> calibration([0, 1, 0, 1], [0.25, 0.25, 0.75, 0.75]).brier_score.value
        0.3125
    """
    check_level(confidence_level)
    truth = read_labels(y_true)
    probability = read_probabilities(y_prob, like=truth)
    level = confidence_level
    distances = _estimate_distances(
        truth, probability, smoother=smoother, rng=rng, n_resamples=n_resamples, level=level
    )
    return CalibrationSummary(
        calibration_intercept(truth, probability, clip=clip, confidence_level=level),
        calibration_slope(truth, probability, clip=clip, confidence_level=level),
        calibration_in_the_large(truth, probability, clip=clip, confidence_level=level),
        brier_score(truth, probability, confidence_level=level),
        scaled_brier_score(truth, probability),
        observed_to_expected(truth, probability, confidence_level=level),
        *distances,
    )


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


def scaled_brier_score(y_true: ArrayLike, y_prob: ArrayLike) -> Estimate:
    """Estimate the share of the Brier score that the probabilities take away.

    Estimand: 1 - Brier score / (prevalence * (1 - prevalence)); 1 is perfect, 0 what the
    constant prevalence reaches, below 0 is worse than that. Patients are independent. No
    interval: resample patients for one. With a class absent it is undefined.

    References:
        Steyerberg et al. (2010), Epidemiology 21(1), 128-138.

    Example:
        >>> scaled_brier_score([0, 1], [0.0, 1.0]).value
        1.0
    """
    truth = read_labels(y_true)
    errors = (read_probabilities(y_prob, like=truth) - truth) ** 2
    prevalence, n = float(truth.mean()), truth.size
    if prevalence in (0.0, 1.0):
        return Estimate(None, None, None, n, "share_of_prevalence_model", "a class is absent")
    value = 1 - float(errors.mean()) / (prevalence * (1 - prevalence))
    return Estimate(value, None, None, n, "share_of_prevalence_model")


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
    offset, reason = read_log_odds(y_prob, like=truth, clip=clip)
    if truth.all() or not truth.any():
        offset, reason = None, "a class is absent"
    if offset is None:
        return Estimate(None, None, None, truth.size, RECALIBRATION, reason)
    model = sm.GLM(
        truth.astype(float), np.ones(truth.size), family=sm.families.Binomial(), offset=offset
    )
    result = model.fit(tol=1e-12)
    value, error = float(result.params[0]), float(result.bse[0])
    margin = normal_quantile(confidence_level) * error
    return Estimate(value, value - margin, value + margin, truth.size, RECALIBRATION, reason)


def _estimate_distances(
    truth: BoolArray,
    probability: FloatArray,
    *,
    smoother: str,
    rng: np.random.Generator | None,
    n_resamples: int,
    level: float,
) -> list[Estimate]:
    """Estimate ICI, E50, E90 and Emax from the same resamples."""

    def measure(rows: Rows) -> tuple[float | None, ...]:
        return smooth_calibration(truth[rows], probability[rows], smoother=smoother)[:4]

    found = smooth_calibration(truth, probability, smoother=smoother)
    if rng is None:
        reason = found.reason or NO_INTERVAL
        return [Estimate(one, None, None, found.n, found.smoother, reason) for one in found[:4]]
    bounded = patient_bootstrap(
        truth.size, measure, rng=rng, n_resamples=n_resamples, confidence_level=level
    )
    method = f"{found.smoother}_bootstrap"
    return [replace(one, method=method, reason=found.reason or one.reason) for one in bounded]


def _recalibrate(
    y_true: ArrayLike, y_prob: ArrayLike, *, term: int, clip: float | None, level: float
) -> Estimate:
    check_level(level)
    truth = read_labels(y_true)
    log_odds, reason = read_log_odds(y_prob, like=truth, clip=clip)
    if log_odds is not None and np.ptp(log_odds) == 0:
        log_odds, reason = None, "all probabilities are equal"
    if log_odds is None:
        return Estimate(None, None, None, truth.size, RECALIBRATION, reason)
    model = logistic_regression(truth, log_odds[:, None], method=LIKELIHOOD, confidence_level=level)
    one = (model.intercept, *model.terms)[term]
    note = one.reason or reason
    return Estimate(one.coefficient, one.low, one.high, truth.size, RECALIBRATION, note)
