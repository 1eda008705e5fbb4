"""The forest of one fold: filter, selection and grid search on its fitting rows only."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectFromModel
from sklearn.impute import SimpleImputer
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline

from cirrhosis.fusion.calibration import calibrate
from cirrhosis.fusion.collinearity_filter import CollinearityFilter
from cirrhosis.fusion.inner_folds import Labels, Rows, split_inner
from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.statistics.discrimination import auroc

Folds = list[tuple[Rows, Rows]]
Point = dict[str, Any]


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
    folds: Folds = []
    if len(points) > 1 or settings.calibration != "none":
        folds = list(
            split_inner(y_true, groups, n_folds=settings.inner_folds, random_state=random_state)
        )
    areas = _search(variables, y_true, folds if len(points) > 1 else [], settings, random_state)
    means = [float(np.mean(area)) if area else None for area in areas]
    # The first of equal points wins, so the order of the grid decides ties.
    best = int(np.argmax([-np.inf if mean is None else mean for mean in means]))
    forest = _forest(points[best], settings, random_state)
    pipeline = Pipeline([*_head(settings, random_state), ("forest", forest)])
    pipeline.fit(variables, y_true)
    if settings.calibration != "none":
        known, scores = _score_inner(pipeline, variables, y_true, folds)
        pipeline = calibrate(pipeline, y_true[known], scores, method=settings.calibration)
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


def _search(
    variables: pd.DataFrame,
    y_true: Labels,
    folds: Folds,
    settings: FusionSettings,
    random_state: int,
) -> list[list[float]]:
    """Return the areas of the inner folds, a list per point of the grid."""
    short = _shorten(settings)
    points = list(_grid(short))
    areas: list[list[float]] = [[] for _ in points]
    for number, (fit, check) in enumerate(folds):
        # Checking the parameters of every tree takes a fifth of the time; once is enough.
        with config_context(skip_parameter_validation=number > 0):
            # The steps before the forest do not depend on the point: one fit serves all.
            head = Pipeline(_head(short, random_state)).fit(variables.iloc[fit], y_true[fit])
            inside, outside = (head.transform(variables.iloc[rows]) for rows in (fit, check))
            for area, point in zip(areas, points, strict=True):
                forest = _forest(point, short, random_state).fit(inside, y_true[fit])
                value = auroc(y_true[check], forest.predict_proba(outside)[:, 1]).value
                area.extend([] if value is None else [value])
    return areas


def _score_inner(
    pipeline: Pipeline, variables: pd.DataFrame, y_true: Labels, folds: Folds
) -> tuple[Rows, NDArray[np.float64]]:
    """Return positions and scores of rows by pipelines fitted without their inner fold."""
    scored = [
        (
            check,
            score_rows(
                clone(pipeline).fit(variables.iloc[fit], y_true[fit]), variables.iloc[check]
            ),
        )
        for fit, check in folds
    ]
    rows, scores = zip(*scored, strict=True)
    return np.concatenate(rows), np.concatenate(scores)


def _grid(settings: FusionSettings) -> ParameterGrid:
    return ParameterGrid(
        {
            "n_estimators": list(settings.n_estimators),
            "max_depth": list(settings.max_depth),
            "min_samples_leaf": list(settings.min_samples_leaf),
            "max_features": list(settings.max_features),
        }
    )


def _shorten(settings: FusionSettings) -> FusionSettings:
    """Return the settings of the search, whose forests have fewer trees."""
    limit = settings.search_trees
    if limit is None:
        return settings
    return replace(
        settings,
        n_estimators=tuple(min(trees, limit) for trees in settings.n_estimators),
        selection_trees=min(settings.selection_trees, limit),
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


def _forest(point: Point, settings: FusionSettings, random_state: int) -> RandomForestClassifier:
    return RandomForestClassifier(
        **point, class_weight=settings.class_weight, random_state=random_state, n_jobs=1
    )
