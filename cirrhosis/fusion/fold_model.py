"""One model on one fold: fitted on the other folds, scoring this one and the tests."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from cirrhosis.contracts.predictions import COLUMNS
from cirrhosis.fusion.compared_rows import no_calls
from cirrhosis.fusion.forest import fit_forest, score_rows
from cirrhosis.fusion.importance import describe_collinearity, measure_importance
from cirrhosis.fusion.settings import FusionSettings


class FoldTask(NamedTuple):
    """What the model of one fold may see.

    Attributes:
        model: `combined` or `clinical`.
        fold: The fold held out.
        protocol: Written into the rows.
        fitting: Prediction rows of the other folds' training patients.
        fitting_variables: The same rows, a named column per variable.
        groups: Group of each fitting row.
        scored: Prediction rows of the fold and of the tests.
        scored_variables: The same rows, the same columns.
    """

    model: str
    fold: int
    protocol: str
    fitting: pd.DataFrame
    fitting_variables: pd.DataFrame
    groups: pd.Series
    scored: pd.DataFrame
    scored_variables: pd.DataFrame


class FoldModel(NamedTuple):
    """The forest of a fold, its predictions and what is said about it."""

    predictions: pd.DataFrame
    collinearity: pd.DataFrame
    importances: pd.DataFrame
    choices: pd.DataFrame
    pipeline: Pipeline


def fit_fold(task: FoldTask, *, settings: FusionSettings, seed: int) -> FoldModel:
    """Fit on the task's fitting rows alone; labels of scored rows enter importances only."""
    y_true = task.fitting["y_true"].to_numpy(dtype=np.int64)
    fitted = fit_forest(
        task.fitting_variables,
        y_true,
        task.groups,
        settings=settings,
        random_state=_seed_fold(seed, task.fold),
    )
    held_out = task.scored["split"] == "training"
    tables = (
        describe_collinearity(fitted.pipeline, task.fitting_variables, y_true),
        measure_importance(
            fitted.pipeline,
            task.scored_variables[held_out],
            task.scored["y_true"].to_numpy(dtype=np.int64)[held_out],
            n_repeats=settings.permutation_repeats,
            rng=np.random.default_rng([seed, task.fold]),
        ),
        fitted.choices,
    )
    names = {"model": task.model, "fold": task.fold}
    collinearity, importances, choices = (
        pd.concat([pd.DataFrame(names, index=table.index), table], axis=1) for table in tables
    )
    predictions = task.scored.assign(
        model=task.model,
        protocol=task.protocol,
        y_score=score_rows(fitted.pipeline, task.scored_variables),
        y_pred=no_calls(len(task.scored)),
    )
    return FoldModel(
        predictions[list(COLUMNS)], collinearity, importances, choices, fitted.pipeline
    )


def _seed_fold(seed: int, fold: int) -> int:
    return int(np.random.SeedSequence([seed, fold]).generate_state(1)[0])
