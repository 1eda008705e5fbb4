"""From a forest's share of votes to a calibrated probability."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.pipeline import Pipeline

from cirrhosis.fusion.inner_folds import Labels
from cirrhosis.statistics.recalibration import fit_logistic_map

Scores = NDArray[np.float64]


class SigmoidMap(BaseEstimator):
    """The map from a score s to expit(intercept + slope * s).

    Args:
        intercept: Log-odds at a score of 0.
        slope: Per unit of score, not negative.
    """

    def __init__(self, intercept: float, slope: float) -> None:
        self.intercept = intercept
        self.slope = slope

    def apply(self, scores: Scores) -> Scores:
        """Return the probability that belongs to each score."""
        return np.asarray(expit(self.intercept + self.slope * scores), dtype=np.float64)


class IsotonicMap(BaseEstimator):
    """A rising line through knots, flat outside of them.

    Args:
        scores: Knots, rising.
        shares: Probability at each knot.
    """

    def __init__(self, scores: Scores, shares: Scores) -> None:
        self.scores = scores
        self.shares = shares

    def apply(self, scores: Scores) -> Scores:
        """Return the probability that belongs to each score."""
        return np.asarray(np.interp(scores, self.scores, self.shares), dtype=np.float64)


class CalibratedForest(ClassifierMixin, BaseEstimator):
    """A fitted forest and the map of its scores: the last step of a pipeline.

    Args:
        forest: Fitted.
        mapping: Fitted on scores of patients whom the forest that gave them did not see.
    """

    def __init__(self, forest: RandomForestClassifier, mapping: SigmoidMap | IsotonicMap) -> None:
        self.forest = forest
        self.mapping = mapping

    @property
    def classes_(self) -> NDArray[np.int64]:
        """Classes of the columns of `predict_proba`."""
        return np.asarray(self.forest.classes_)

    @property
    def feature_importances_(self) -> Scores:
        """Gini importances of the forest."""
        return np.asarray(self.forest.feature_importances_)

    def fit(self, X: ArrayLike, y: ArrayLike) -> "CalibratedForest":  # noqa: N803
        """Refuse: the map needs scores of inner folds, which a step of a pipeline lacks.

        Raises:
            TypeError: Always.
        """
        del X, y
        raise TypeError("expected fit_forest to fit a calibrated forest; it has the inner folds")

    def predict_proba(self, X: ArrayLike) -> Scores:  # noqa: N803 - scikit-learn's name
        """Return the calibrated probability of both classes, shape (n, 2)."""
        positive = self.mapping.apply(self.forest.predict_proba(X)[:, 1])
        return np.column_stack([1 - positive, positive])

    def __sklearn_is_fitted__(self) -> bool:
        """Say that the forest comes fitted."""
        return True


def calibrate(pipeline: Pipeline, y_true: Labels, y_score: Scores, *, method: str) -> Pipeline:
    """Return the fitted pipeline with a map behind its forest.

    Args:
        pipeline: Fitted on all fitting rows of a fold.
        y_true: Classes of fitting rows.
        y_score: Their scores by pipelines that did not see them (cross-fitted), so that the
            map corrects what new patients will meet and not the forest's memory.
        method: `sigmoid` or `isotonic`.

    References:
        Platt (1999), Advances in Large Margin Classifiers, 61-74.
        Zadrozny, Elkan (2002), KDD, 694-699.
    """
    fit = fit_sigmoid if method == "sigmoid" else fit_isotonic
    mapping = fit(y_true, y_score)
    name, forest = pipeline.steps[-1]
    steps: list[tuple[str, Any]] = [*pipeline.steps[:-1], (name, CalibratedForest(forest, mapping))]
    return Pipeline(steps)


def fit_sigmoid(y_true: Labels, y_score: Scores) -> SigmoidMap:
    """Fit logistic regression on the score; it never turns the order round.

    Scores without information have a slope around 0, by chance below it: a map that falls
    would call the healthy ill. Such a slope, or none, gives everybody the prevalence.
    """
    found = fit_logistic_map(y_true, y_score)
    if found.intercept is None or found.slope is None or found.slope < 0:
        return SigmoidMap(float(logit(np.mean(y_true))), 0.0)
    return SigmoidMap(found.intercept, found.slope)


def fit_isotonic(y_true: Labels, y_score: Scores) -> IsotonicMap:
    """Fit the rising step function of the score that is nearest to the classes."""
    fitted = IsotonicRegression(out_of_bounds="clip").fit(y_score, y_true)
    return IsotonicMap(
        np.asarray(fitted.X_thresholds_, dtype=np.float64),
        np.asarray(fitted.y_thresholds_, dtype=np.float64),
    )
