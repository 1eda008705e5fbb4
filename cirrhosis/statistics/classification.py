"""Measures of yes/no calls: sensitivity, specificity, predictive values, accuracy."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from cirrhosis.statistics.estimates import Estimate, normal_quantile
from cirrhosis.statistics.proportions import proportion_interval
from cirrhosis.statistics.samples import check_level, read_labels


class ConfusionCounts(NamedTuple):
    """Patients by truth and call."""

    tp: int
    fp: int
    fn: int
    tn: int


def confusion_counts(y_true: ArrayLike, y_pred: ArrayLike) -> ConfusionCounts:
    """Count patients by truth and call.

    Estimand: none, these are the counts behind all measures of a call. A class that is
    absent gives zeros.

    Raises:
        ValueError: If a value is not 0 or 1, or the lengths differ.

    References:
        Altman, Bland (1994), BMJ 308, 1552.

    Example:
        >>> confusion_counts([1, 1, 0], [1, 0, 0])
        ConfusionCounts(tp=1, fp=0, fn=1, tn=1)
    """
    truth, call = read_labels(y_true), read_labels(y_pred, name="y_pred")
    if truth.shape != call.shape:
        raise ValueError(
            f"expected one call per label, found {call.size} for {truth.size};"
            " align the columns by patient first"
        )
    return ConfusionCounts(
        tp=int((truth & call).sum()),
        fp=int((~truth & call).sum()),
        fn=int((truth & ~call).sum()),
        tn=int((~truth & ~call).sum()),
    )


def sensitivity(
    y_true: ArrayLike, y_pred: ArrayLike, *, confidence_level: float = 0.95
) -> Estimate:
    """Estimate P(called positive | positive) with Clopper and Pearson's interval.

    Patients are independent; `n` counts the positive ones. Without any, None.

    References:
        Altman, Bland (1994), BMJ 308, 1552.
        Clopper, Pearson (1934), Biometrika 26(4), 404-413.

    Example:
        >>> sensitivity([1, 1, 0], [1, 0, 0]).value
        0.5
    """
    counts = confusion_counts(y_true, y_pred)
    return proportion_interval(counts.tp, counts.tp + counts.fn, confidence_level=confidence_level)


def specificity(
    y_true: ArrayLike, y_pred: ArrayLike, *, confidence_level: float = 0.95
) -> Estimate:
    """Estimate P(called negative | negative) with Clopper and Pearson's interval.

    Patients are independent; `n` counts the negative ones. Without any, None.

    References:
        Altman, Bland (1994), BMJ 308, 1552.
        Clopper, Pearson (1934), Biometrika 26(4), 404-413.

    Example:
        >>> specificity([1, 1, 0], [1, 0, 0]).value
        1.0
    """
    counts = confusion_counts(y_true, y_pred)
    return proportion_interval(counts.tn, counts.tn + counts.fp, confidence_level=confidence_level)


def accuracy(y_true: ArrayLike, y_pred: ArrayLike, *, confidence_level: float = 0.95) -> Estimate:
    """Estimate P(called correctly) with Clopper and Pearson's interval.

    It depends on the share of positives in the sample. Patients are independent.

    References:
        Clopper, Pearson (1934), Biometrika 26(4), 404-413.

    Example:
        >>> accuracy([1, 0, 0, 1], [1, 0, 0, 0]).value
        0.75
    """
    counts = confusion_counts(y_true, y_pred)
    return proportion_interval(
        counts.tp + counts.tn, sum(counts), confidence_level=confidence_level
    )


def ppv(y_true: ArrayLike, y_pred: ArrayLike, *, confidence_level: float = 0.95) -> Estimate:
    """Estimate P(positive | called positive) at the sample's share of positives.

    The interval is Mercaldo's standard logit: sensitivity and specificity vary, the share
    of positives is taken as fixed. Where it does not exist (a value of 0 or 1, or a class
    absent), Clopper and Pearson's interval of the calls stands in, and `reason` says so.
    `n` counts the positive calls; without any, None.

    References:
        Mercaldo, Lau, Zhou (2007), Statistics in Medicine 26(10), 2170-2183.

    Example:
        >>> ppv([1, 1, 0, 0], [1, 1, 1, 0]).method
        'mercaldo_logit'
    """
    tp, fp, fn, tn = confusion_counts(y_true, y_pred)
    return _bound_predictive(tp, fp, miss=fn, other=tn, confidence_level=confidence_level)


def npv(y_true: ArrayLike, y_pred: ArrayLike, *, confidence_level: float = 0.95) -> Estimate:
    """Estimate P(negative | called negative) at the sample's share of positives.

    Interval and edge cases as for `ppv`; `n` counts the negative calls.

    References:
        Mercaldo, Lau, Zhou (2007), Statistics in Medicine 26(10), 2170-2183.

    Example:
        >>> npv([1, 1, 0, 0], [1, 0, 0, 0]).n
        3
    """
    tp, fp, fn, tn = confusion_counts(y_true, y_pred)
    return _bound_predictive(tn, fn, miss=fp, other=tp, confidence_level=confidence_level)


def _bound_predictive(
    right: int, wrong: int, *, miss: int, other: int, confidence_level: float
) -> Estimate:
    """Bound right / (right + wrong).

    `right` and `miss` share a class, `wrong` and `other` the opposite one: for the PPV
    these are tp, fn and fp, tn.
    """
    check_level(confidence_level)
    if right == 0 or wrong == 0:
        exact = proportion_interval(right, right + wrong, confidence_level=confidence_level)
        reason = exact.reason or "Mercaldo's logit interval does not exist at 0 or 1"
        return Estimate(exact.value, exact.low, exact.high, exact.n, exact.method, reason)
    value = right / (right + wrong)
    # Var logit = (1 - r) / (r n_same) + (1 - w) / (w n_opposite), with r and w the shares
    # of each class that receive this call.
    variance = miss / (right * (right + miss)) + other / (wrong * (wrong + other))
    half = normal_quantile(confidence_level) * float(np.sqrt(variance))
    low, high = (float(expit(logit(value) + sign * half)) for sign in (-1, 1))
    return Estimate(value, low, high, right + wrong, "mercaldo_logit")
