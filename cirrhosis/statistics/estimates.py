"""The records in which statistics travel: a number is never without n and method."""

from dataclasses import dataclass

from scipy.stats import norm


@dataclass(frozen=True)
class Estimate:
    """A point estimate with its interval.

    Attributes:
        value: The estimate; None when it is undefined.
        low: Lower limit of the interval; None when undefined or not asked for.
        high: Upper limit of the interval.
        n: Units of analysis behind the value (patients, unless the function says otherwise).
        method: Name of the method of the interval, or of the value without an interval.
        reason: Why something is undefined or needs care; None when nothing does.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str
    reason: str | None = None


@dataclass(frozen=True)
class Comparison:
    """A difference, first minus second, with its test.

    Attributes:
        difference: First minus second; None when undefined.
        low: Lower limit of the interval of the difference, where the method has one.
        high: Upper limit of the interval of the difference.
        statistic: Value of the test statistic; None for exact tests and where undefined.
        p_value: Two-sided p value; None when undefined.
        n: Units of analysis that entered the comparison.
        method: Name of the test.
        reason: Why something is undefined or set by convention.
        degrees_of_freedom: Of a t reference, else None.
    """

    difference: float | None
    low: float | None
    high: float | None
    statistic: float | None
    p_value: float | None
    n: int
    method: str
    reason: str | None = None
    degrees_of_freedom: float | None = None


def normal_quantile(confidence_level: float) -> float:
    """Return the two-sided standard normal quantile, 1.96 for 0.95."""
    return float(norm.ppf((1 + confidence_level) / 2))
