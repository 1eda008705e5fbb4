"""Measures of yes/no calls with the intervals that the settings name."""

from numpy.typing import ArrayLike

from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics import classification
from cirrhosis.statistics.classification import confusion_counts
from cirrhosis.statistics.estimates import Estimate
from cirrhosis.statistics.proportions import proportion_interval

RATES = ("sensitivity", "specificity", "accuracy")
PREDICTIVE_VALUES = ("ppv", "npv")


def measure_call(
    measure: str, y_true: ArrayLike, y_pred: ArrayLike, *, settings: EvaluationSettings
) -> Estimate:
    """Estimate one measure of calls.

    Args:
        measure: `sensitivity`, `specificity`, `accuracy`, `ppv` or `npv`.
        y_true: Class of each patient.
        y_pred: Call of each patient.
        settings: Names the method of the interval and its coverage.
    """
    level = settings.confidence_level
    if measure in PREDICTIVE_VALUES and settings.predictive_method == "mercaldo_logit":
        estimate: Estimate = getattr(classification, measure)(
            y_true, y_pred, confidence_level=level
        )
        return estimate
    is_rate = measure in RATES
    method = settings.proportion_method if is_rate else settings.predictive_method
    tp, fp, fn, tn = confusion_counts(y_true, y_pred)
    right, n = {
        "sensitivity": (tp, tp + fn),
        "specificity": (tn, tn + fp),
        "accuracy": (tp + tn, tp + fp + fn + tn),
        "ppv": (tp, tp + fp),
        "npv": (tn, tn + fn),
    }[measure]
    return proportion_interval(right, n, method=method, confidence_level=level)
