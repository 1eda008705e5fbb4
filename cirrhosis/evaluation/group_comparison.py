"""One group against a reference group, in numbers or in counts of words."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.estimates import Comparison, Estimate
from cirrhosis.statistics.group_tests import (
    chi_square_or_fisher,
    mann_whitney,
    standardised_difference,
    standardised_difference_of_shares,
)

COLUMNS = (
    "compared_with",
    "standardised_difference",
    "standardised_difference_low",
    "standardised_difference_high",
    "test",
    "statistic",
    "degrees_of_freedom",
    "p_value",
    "n_test",
)
Counts = NDArray[np.int64]
Row = dict[str, Any]


class GroupComparison(NamedTuple):
    """A test and a distance that does not grow with the number of patients.

    Attributes:
        test: Mann-Whitney, chi-square or Fisher.
        distance: Standardised difference, group minus reference; of words without a sign.
    """

    test: Comparison
    distance: Estimate

    def as_row(self, reference: str) -> Row:
        """Return the cells of `COLUMNS` and a `reason`."""
        reasons = dict.fromkeys(text for text in (self.test.reason, self.distance.reason) if text)
        return {
            "compared_with": reference,
            "standardised_difference": self.distance.value,
            "standardised_difference_low": self.distance.low,
            "standardised_difference_high": self.distance.high,
            "test": self.test.method,
            "statistic": self.test.statistic,
            "degrees_of_freedom": self.test.degrees_of_freedom,
            "p_value": self.test.p_value,
            "n_test": self.test.n,
            "reason": "; ".join(reasons),
        }


def compare_numbers(
    reference: "pd.Series[float]", group: "pd.Series[float]", *, settings: EvaluationSettings
) -> GroupComparison:
    """Compare known values by Mann-Whitney (R's rule of exactness) and standardised means."""
    distance = standardised_difference(
        group.to_numpy(), reference.to_numpy(), confidence_level=settings.confidence_level
    )
    if reference.empty and group.empty:
        reason = "no value is known"
        test = Comparison(None, None, None, None, None, 0, "mann_whitney_auto", reason)
        return GroupComparison(test, distance)
    groups = np.repeat([0, 1], [len(reference), len(group)])
    test = mann_whitney(groups, np.concatenate([reference.to_numpy(), group.to_numpy()]))
    return GroupComparison(test, distance)


def compare_counts(
    reference: Counts, group: Counts, *, settings: EvaluationSettings
) -> GroupComparison:
    """Compare patients per word by chi-square or Fisher and standardised shares.

    A Monte Carlo test starts from the same seed for every column, so that a further column
    does not change the others' p values.
    """
    table = np.stack([reference, group])
    if table.size == 0 or not table.any():
        reason = "no value is known"
        test = Comparison(None, None, None, None, None, 0, "chi_square_or_fisher", reason)
        return GroupComparison(test, Estimate(None, None, None, 0, "none", reason))
    test = chi_square_or_fisher(
        table,
        rng=np.random.default_rng(settings.permutation_seed),
        most_partial_tables=settings.cohort.baseline.most_partial_tables,
    )
    distance = standardised_difference_of_shares(
        group, reference, confidence_level=settings.confidence_level
    )
    return GroupComparison(test, distance)
