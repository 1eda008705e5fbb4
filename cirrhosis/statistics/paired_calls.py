"""Two tests that gave the same patients one and the same call, or did not."""

from dataclasses import dataclass

import numpy as np

from cirrhosis.statistics.samples import BoolArray

# Below this a variance under the null is 0/0 noise.
NO_VARIANCE = 1e-12


@dataclass(frozen=True)
class PairedCalls:
    """Patients who received one call (positive, say), by truth and by the test that gave it.

    Attributes:
        right_both: Called rightly by both.
        right_1: Called rightly, by the first only.
        right_2: Called rightly, by the second only.
        wrong_both: Called wrongly by both.
        wrong_1: Called wrongly, by the first only.
        wrong_2: Called wrongly, by the second only.
    """

    right_both: int
    right_1: int
    right_2: int
    wrong_both: int
    wrong_1: int
    wrong_2: int

    @classmethod
    def count(cls, truth: BoolArray, first: BoolArray, second: BoolArray) -> "PairedCalls":
        """Count the patients called positive; for negative calls give all three negated."""
        groups = (first & second, first & ~second, ~first & second)
        right, wrong = ([int((group & rows).sum()) for group in groups] for rows in (truth, ~truth))
        return cls(*right, *wrong)

    @property
    def n_1(self) -> int:
        """Calls of the first test."""
        return self.right_both + self.right_1 + self.wrong_both + self.wrong_1

    @property
    def n_2(self) -> int:
        """Calls of the second test."""
        return self.right_both + self.right_2 + self.wrong_both + self.wrong_2

    @property
    def value_1(self) -> float:
        """Predictive value of the first test."""
        return (self.right_both + self.right_1) / self.n_1

    @property
    def value_2(self) -> float:
        """Predictive value of the second test."""
        return (self.right_both + self.right_2) / self.n_2

    @property
    def pooled(self) -> float:
        """Predictive value of all calls of both tests."""
        right = 2 * self.right_both + self.right_1 + self.right_2
        return right / (self.n_1 + self.n_2)

    def error_of_difference(self) -> float:
        """Return Wald's standard error of the difference of the values."""
        one, two = self.value_1, self.value_2
        variance = one * (1 - one) / self.n_1 + two * (1 - two) / self.n_2
        variance -= 2 * self._shared(one, two) / (self.n_1 * self.n_2)
        return float(np.sqrt(max(variance, 0.0)))

    def error_of_log_ratio(self) -> float:
        """Return the standard error of the log ratio of the values, which must be above 0."""
        one, two = self.value_1, self.value_2
        variance = (1 - one) / (self.n_1 * one) + (1 - two) / (self.n_2 * two)
        variance -= 2 * self._shared(one, two) / (self.n_1 * self.n_2 * one * two)
        return float(np.sqrt(max(variance, 0.0)))

    def weighted_generalized_score(self) -> float | None:
        """Return Kosinski's chi-square, or None without variance under the null."""
        pooled = self.pooled
        shared = self._shared(pooled, pooled) / (self.n_1 + self.n_2)
        variance = (pooled * (1 - pooled) - 2 * shared) * (1 / self.n_1 + 1 / self.n_2)
        if variance < NO_VARIANCE:
            return None
        return (self.value_1 - self.value_2) ** 2 / variance

    def generalized_score(self) -> float | None:
        """Return Leisenring's chi-square, or None without variance under the null."""
        pooled, second = self.pooled, self.n_2 / (self.n_1 + self.n_2)
        # Each patient's weight: share of calls of the other test, signed.
        both, only_1, only_2 = 1 - 2 * second, -second, 1 - second
        score = self.right_both * both + self.right_1 * only_1 + self.right_2 * only_2
        right = self.right_both * both**2 + self.right_1 * only_1**2 + self.right_2 * only_2**2
        wrong = self.wrong_both * both**2 + self.wrong_1 * only_1**2 + self.wrong_2 * only_2**2
        variance = (1 - pooled) ** 2 * right + pooled**2 * wrong
        return None if variance < NO_VARIANCE else score**2 / variance

    def _shared(self, one: float, two: float) -> float:
        return self.right_both * (1 - one) * (1 - two) + self.wrong_both * one * two
