"""The forest of one fold: filter, selection and grid search on its fitting rows only."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectFromModel
from sklearn.impute import SimpleImputer
from sklearn.model_selection import ParameterGrid, StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import Pipeline

from cirrhosis.contracts.errors import ContractError
from cirrhosis.fusion.collinearity_filter import CollinearityFilter
from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.statistics.discrimination import auroc

Labels = NDArray[np.int64]


class FittedForest(NamedTuple):
    """A fitted pipeline and how its point of the grid was chosen.

    Attributes:
        pipeline: Maps a table of named variables to class probabilities.
        choices: One row per point of the grid: its parameters, the mean area under the
            ROC curve over the inner folds, and whether it was chosen.
    """

    pipeline: Pipeline
    choices: pd.DataFrame


def fit_forest(
    variables: pd.DataFrame,
    y_true: Labels,
    groups: pd.Series,
    *,
    settings: FusionSettings,
    random_state: int,
) -> FittedForest:
    """Fit filter, selection and forest; choose the forest's parameters by inner folds.

    Args:
        variables: Fitting rows, one named column per variable.
        y_true: Their classes.
        groups: Rows of a group stay on one side of every inner fold.
        settings: Choices of the fusion.
        random_state: Seed of every forest and of the inner folds.

    Raises:
        ContractError: If a class has fewer rows than two inner folds need.
    """
    points = list(_grid(settings))
    areas: list[list[float]] = [[] for _ in points]
    if len(points) > 1:
        for fit, check in _split(y_true, groups, settings, random_state):
            # The steps before the forest do not depend on the point: one fit serves all.
            head = Pipeline(_head(settings, random_state)).fit(variables.iloc[fit], y_true[fit])
            inside, outside = (head.transform(variables.iloc[rows]) for rows in (fit, check))
            for area, point in zip(areas, points, strict=True):
                forest = _forest(point, settings, random_state).fit(inside, y_true[fit])
                value = auroc(y_true[check], forest.predict_proba(outside)[:, 1]).value
                area.extend([] if value is None else [value])
    means = [float(np.mean(area)) if area else None for area in areas]
    # The first of equal points wins, so the order of the grid decides ties.
    best = int(np.argmax([-np.inf if mean is None else mean for mean in means]))
    steps = [
        *_head(settings, random_state),
        ("forest", _forest(points[best], settings, random_state)),
    ]
    pipeline = Pipeline(steps).fit(variables, y_true)
    # An empty cell would read as missing; no limit is a value.
    named = [{k: "none" if v is None else v for k, v in point.items()} for point in points]
    choices = pd.DataFrame(named).assign(
        inner_auroc=pd.array(means, dtype="Float64"),
        n_inner_folds=[len(area) for area in areas],
        chosen=np.arange(len(points)) == best,
    )
    return FittedForest(pipeline, choices)


def score_rows(pipeline: Pipeline, variables: pd.DataFrame) -> NDArray[np.float64]:
    """Return the probability of the positive class of each row."""
    return np.asarray(pipeline.predict_proba(variables)[:, 1], dtype=np.float64)


def _grid(settings: FusionSettings) -> ParameterGrid:
    return ParameterGrid(
        {
            "n_estimators": list(settings.n_estimators),
            "max_depth": list(settings.max_depth),
            "min_samples_leaf": list(settings.min_samples_leaf),
            "max_features": list(settings.max_features),
        }
    )


def _head(settings: FusionSettings, random_state: int) -> list[tuple[str, Any]]:
    ranking = RandomForestClassifier(
        n_estimators=settings.selection_trees, random_state=random_state, n_jobs=1
    )
    steps: list[tuple[str, Any]] = [
        ("collinearity", CollinearityFilter(settings.vif_limit)),
        ("selection", SelectFromModel(ranking, threshold=settings.selection_threshold)),
    ]
    if settings.missing == "impute":
        steps.insert(0, ("imputation", SimpleImputer(strategy="median", keep_empty_features=True)))
    return steps


def _forest(
    point: dict[str, Any], settings: FusionSettings, random_state: int
) -> RandomForestClassifier:
    return RandomForestClassifier(
        **point, class_weight=settings.class_weight, random_state=random_state, n_jobs=1
    )


def _split(
    y_true: Labels, groups: pd.Series, settings: FusionSettings, random_state: int
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    rarer = min(groups[y_true == label].nunique() for label in (0, 1))
    if rarer < 2:
        raise ContractError(
            "expected at least two patients (or groups) of each class among a fold's fitting"
            f" rows, found {rarer} of the rarer class; use more patients or fewer folds"
        )
    n_splits = min(settings.inner_folds, rarer)
    kind = StratifiedKFold if groups.is_unique else StratifiedGroupKFold
    splitter = kind(n_splits=n_splits, shuffle=True, random_state=random_state)
    of_groups = None if groups.is_unique else groups
    for fit, check in splitter.split(np.zeros(len(y_true)), y_true, of_groups):
        # Large groups can leave one class for fitting; such a split says nothing.
        if len(np.unique(y_true[fit])) == 2:
            yield fit, check
