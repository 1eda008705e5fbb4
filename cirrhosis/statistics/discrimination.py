"""Area under the ROC curve: value, intervals, curve, and the area within folds."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit
from scipy.stats import beta

from cirrhosis.statistics.delong import delong_covariance
from cirrhosis.statistics.estimates import Estimate, normal_quantile
from cirrhosis.statistics.resampling import stratified_bootstrap
from cirrhosis.statistics.samples import (
    BoolArray,
    FloatArray,
    check_choice,
    check_level,
    read_groups,
    read_labels,
    read_scores,
    require_generator,
)

METHODS = ("delong", "logit", "exact", "bootstrap", "hanley_mcneil")
NO_WIDTH = "the variance is 0, so the interval has no width; exact says more"


class RocCurve(NamedTuple):
    """Points of a ROC curve, from (0, 0) to (1, 1).

    Attributes:
        fpr: False positive rate, ascending.
        tpr: True positive rate, ascending.
        threshold: A patient is called positive if the score is >= threshold; the first
            is infinite (nobody is called positive).
    """

    fpr: FloatArray
    tpr: FloatArray
    threshold: FloatArray


def auroc(y_true: ArrayLike, y_score: ArrayLike) -> Estimate:
    """Estimate the area under the ROC curve, without an interval.

    Estimand: the probability that a positive patient scores higher than a negative one,
    ties counting one half. Only the order of scores matters; the direction is never
    flipped. With one class absent the value is None with a reason.

    References:
        Hanley, McNeil (1982), Radiology 143(1), 29-36.

    Example:
        >>> auroc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).value
        0.75
    """
    truth = read_labels(y_true)
    scores = read_scores(y_score, like=truth)
    absent = _missing_class(truth)
    if absent:
        return Estimate(None, None, None, truth.size, "mann_whitney", absent)
    area = float(delong_covariance(truth, scores).areas[0])
    return Estimate(area, None, None, truth.size, "mann_whitney")


def auroc_interval(
    y_true: ArrayLike,
    y_score: ArrayLike,
    *,
    method: str = "delong",
    confidence_level: float = 0.95,
    n_resamples: int = 2000,
    rng: np.random.Generator | None = None,
) -> Estimate:
    """Estimate the area under the ROC curve with an interval.

    Estimand as in `auroc`; patients are the unit and must be independent.

    Args:
        y_true: Class of each patient, 1 for positive, shape (n,).
        y_score: Score, higher meaning more likely positive, shape (n,).
        method: `delong`: normal, cut to [0, 1] as pROC does. `logit`: DeLong's error on
            the logit scale; covers better in small groups or near 1. `exact`: binomial
            with n = all patients, which the article reports (MedCalc's option); an area
            is not a proportion of patients, so its coverage is not guaranteed.
            `bootstrap`: percentiles over resamples of patients within each class.
            `hanley_mcneil`: normal, with the error that exponential scores would have;
            needs nothing but the area and the numbers of patients, for comparison with
            papers that report no more.
        confidence_level: Coverage aimed at, in (0, 1).
        n_resamples: Resamples of the bootstrap.
        rng: Random generator; obligatory for the bootstrap.

    Returns:
        The estimate. Edge cases: a class absent gives None; fewer than two patients of a
        class leave `delong` and `logit` without limits; an area of exactly 0 or 1 has a
        DeLong interval without width (flagged) and no logit interval.

    References:
        DeLong, DeLong, Clarke-Pearson (1988), Biometrics 44(3), 837-845.
        Hanley, McNeil (1982), Radiology 143(1), 29-36.
        Pepe (2003), The Statistical Evaluation of Medical Tests, section 5.2 (logit).
        Clopper, Pearson (1934), Biometrika 26(4), 404-413.

    Example:
        >>> auroc_interval([0, 0, 1, 1], [2, 0, 3, 1]).value
        0.75
    """
    check_choice(method, known=METHODS, name="method")
    check_level(confidence_level)
    truth = read_labels(y_true)
    scores = read_scores(y_score, like=truth)
    absent = _missing_class(truth)
    if absent:
        return Estimate(None, None, None, truth.size, method, absent)
    if method == "exact":
        return _bound_exactly(truth, scores, confidence_level)
    if method == "bootstrap":
        return stratified_bootstrap(
            truth,
            lambda rows: float(delong_covariance(truth[rows], scores[rows]).areas[0]),
            rng=require_generator(rng, method=method),
            n_resamples=n_resamples,
            confidence_level=confidence_level,
        )
    if method == "hanley_mcneil":
        return _bound_by_exponentials(truth, scores, confidence_level)
    return _bound_by_delong(truth, scores, on_logit=method == "logit", level=confidence_level)


def within_fold_auroc(y_true: ArrayLike, y_score: ArrayLike, fold: ArrayLike) -> Estimate:
    """Estimate the area under the ROC curve from pairs inside the same fold.

    Estimand: the mean of the folds' areas, weighted by their numbers of (positive,
    negative) pairs. Scores of different models (one per fold) are never compared with
    each other, so a shift between the models' scales does not change it, while it lowers
    the pooled area. `n` counts patients of folds that hold both classes; other folds have
    no pair and are named in `reason`. No interval: folds share training patients.

    References:
        Airola, Pahikkala, Waegeman, De Baets, Salakoski (2011), Computational Statistics
        and Data Analysis 55(4), 1828-1844 (pooling against averaging).

    Example:
        >>> within_fold_auroc([0, 1, 0, 1], [1, 2, 8, 9], ["a", "a", "b", "b"]).value
        1.0
    """
    truth = read_labels(y_true)
    scores = read_scores(y_score, like=truth)
    folds = read_groups(fold, like=truth, name="fold")
    wins, pairs, n, without = 0.0, 0, 0, []
    for name in np.unique(folds):
        rows = folds == name
        weight = int(truth[rows].sum()) * int((~truth[rows]).sum())
        if weight == 0:
            without.append(str(name))
            continue
        wins += weight * float(delong_covariance(truth[rows], scores[rows]).areas[0])
        pairs += weight
        n += int(rows.sum())
    skipped = f"no pair in fold {', '.join(without)}: one class is absent" if without else None
    value = wins / pairs if pairs else None
    return Estimate(value, None, None, n, "mean_weighted_by_pairs", skipped)


def roc_curve(y_true: ArrayLike, y_score: ArrayLike) -> RocCurve:
    """Return all points of the ROC curve, one per distinct score.

    Estimand: true and false positive rates of the rule "positive if score >= threshold".
    No point is dropped, also not the ones on a straight line.

    Raises:
        ValueError: If a class is absent, because a rate then has no denominator.

    References:
        Fawcett (2006), Pattern Recognition Letters 27(8), 861-874.

    Example:
        >>> roc_curve([0, 1], [0.2, 0.7]).threshold.tolist()
        [inf, 0.7, 0.2]
    """
    truth = read_labels(y_true)
    scores = read_scores(y_score, like=truth)
    absent = _missing_class(truth)
    if absent:
        raise ValueError(f"expected patients of both classes for a ROC curve, but {absent}")
    order = np.argsort(-scores, kind="stable")
    ordered, hits = scores[order], truth[order]
    last_of_ties = np.append(np.flatnonzero(np.diff(ordered)), ordered.size - 1)
    tpr = np.cumsum(hits)[last_of_ties] / truth.sum()
    fpr = np.cumsum(~hits)[last_of_ties] / (~truth).sum()
    threshold = ordered[last_of_ties]
    return RocCurve(np.append(0.0, fpr), np.append(0.0, tpr), np.append(np.inf, threshold))


def _bound_by_delong(
    truth: BoolArray, scores: FloatArray, *, on_logit: bool, level: float
) -> Estimate:
    areas, covariance, n_positive, n_negative = delong_covariance(truth, scores)
    area, method = float(areas[0]), "logit" if on_logit else "delong"
    if covariance is None:
        reason = (
            "DeLong's variance needs two patients of each class,"
            f" found {n_positive} positive and {n_negative} negative"
        )
        return Estimate(area, None, None, truth.size, method, reason)
    if on_logit and area in (0.0, 1.0):
        reason = f"the logit of an area of {area:g} is infinite"
        return Estimate(area, None, None, truth.size, method, reason)
    margin = normal_quantile(level) * float(np.sqrt(covariance[0, 0]))
    if on_logit:
        half = margin / (area * (1 - area))
        low, high = (float(expit(logit(area) + sign * half)) for sign in (-1, 1))
    else:
        low, high = max(0.0, area - margin), min(1.0, area + margin)
    return Estimate(area, low, high, truth.size, method, NO_WIDTH if margin == 0 else None)


def _bound_by_exponentials(truth: BoolArray, scores: FloatArray, level: float) -> Estimate:
    areas, _, n_positive, n_negative = delong_covariance(truth, scores)
    area = float(areas[0])
    two_positives, two_negatives = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (n_positive - 1) * (two_positives - area**2)
    variance = (variance + (n_negative - 1) * (two_negatives - area**2)) / n_positive / n_negative
    margin = normal_quantile(level) * float(np.sqrt(max(variance, 0.0)))
    low, high = max(0.0, area - margin), min(1.0, area + margin)
    reason = NO_WIDTH if margin == 0 else None
    return Estimate(area, low, high, truth.size, "hanley_mcneil", reason)


def _bound_exactly(truth: BoolArray, scores: FloatArray, level: float) -> Estimate:
    area, n = float(delong_covariance(truth, scores).areas[0]), truth.size
    # Clopper and Pearson's limits hold for a whole number of successes; area * n is not one.
    wins, tail = area * n, (1 - level) / 2
    low = float(beta.ppf(tail, wins, n - wins + 1)) if area > 0 else 0.0
    high = float(beta.ppf(1 - tail, wins + 1, n - wins)) if area < 1 else 1.0
    return Estimate(area, low, high, n, "exact")


def _missing_class(truth: BoolArray) -> str | None:
    if truth.all():
        return f"all {truth.size} patients are positive"
    if not truth.any():
        return f"all {truth.size} patients are negative"
    return None
