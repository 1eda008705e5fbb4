"""The article's rule against collinear variables, as a step of a pipeline."""

import math
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import validate_data

from cirrhosis.statistics.collinearity import variance_inflation_factors
from cirrhosis.statistics.regression import univariable_logistic


class CollinearityFilter(SelectorMixin, BaseEstimator):
    """Drop variables until every variance inflation factor is at most the limit.

    The article: where the factor exceeds 5, keep the variable with the largest |beta| in
    univariable logistic regression. Our reading: among the variables above the limit the
    one with the smallest |beta| per standard deviation leaves, factors are computed again,
    and so on; of a collinear pair the stronger one stays.

    Args:
        limit: Largest factor that is kept.

    Attributes:
        vif_: Factor of each variable among all of them; infinite for an exact linear
            combination, 1 for a constant column.
        support_: Which variables are kept.
        vif_at_drop_: Factor of a dropped variable when it left, else NaN.
    """

    def __init__(self, limit: float = 5.0) -> None:
        self.limit = limit

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:  # noqa: N803 - scikit-learn's name
        """Find the variables to keep on the rows of a fold.

        Args:
            X: Finite numbers, shape (n, k), with n > k + 1.
            y: Class of each row, 0 or 1.
        """
        values: NDArray[np.float64] = validate_data(self, X, dtype=np.float64)
        n_columns = values.shape[1]
        kept = np.ones(n_columns, dtype=bool)
        self.vif_ = _factors(values)
        self.vif_at_drop_ = np.full(n_columns, np.nan)
        current = self.vif_.copy()
        while (current > self.limit).any():
            high = np.flatnonzero(current > self.limit)
            weakest = min(high, key=lambda column: strength(values[:, column], y))
            self.vif_at_drop_[weakest] = current[weakest]
            kept[weakest] = False
            current = np.full(n_columns, 1.0)
            current[kept] = _factors(values[:, kept])
        self.support_ = kept
        return self

    def _get_support_mask(self) -> NDArray[np.bool_]:
        return self.support_

    def __sklearn_tags__(self) -> Any:
        """State that labels are required."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags


def strength(values: ArrayLike, y: ArrayLike) -> float:
    """Return |beta| of univariable logistic regression per standard deviation."""
    column = np.asarray(values, dtype=np.float64)
    beta = univariable_logistic(y, column).coefficient
    return 0.0 if beta is None else abs(beta) * float(column.std(ddof=1))


def _factors(values: NDArray[np.float64]) -> NDArray[np.float64]:
    # A constant column repeats no other variable.
    factors = [found.value for found in variance_inflation_factors(values)]
    return np.array([1.0 if value is None else value for value in factors], dtype=np.float64)


def describe_drop(vif_at_drop: float, limit: float) -> str:
    """Return the words for the collinearity table: why a variable left, or nothing."""
    if math.isnan(vif_at_drop):
        return ""
    return (
        f"VIF {vif_at_drop:.3g} above {limit:g} and the smallest |beta| of the variables above it"
    )
