"""Stacking a clinical forest on the CNN's out-of-fold scores."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray
from sklearn.pipeline import Pipeline

from cirrhosis.contracts.predictions import COLUMNS, check_predictions
from cirrhosis.fusion.cnn_rows import check_cnn_rows, check_groups
from cirrhosis.fusion.forest import fit_forest, score_rows
from cirrhosis.fusion.importance import describe_collinearity, measure_importance
from cirrhosis.fusion.patient_table import READERS, FusionPatients, read_patients
from cirrhosis.fusion.settings import FusionSettings

CNN_SCORE = "cnn_score"
COMBINED, CLINICAL = "combined", "clinical"
SCORES = ("fib4", "apri")


@dataclass(frozen=True)
class FusionResult:
    """What the fusion of one sequence combination and seed gives.

    Attributes:
        predictions: Rows of `combined`, `clinical`, `cnn`, `fib4`, `apri` and the readers,
            as far as their columns exist, of the same patients.
        collinearity: Per model, fold and variable: vif, beta_per_sd, kept, reason.
        importances: Per model, fold and variable: gini, permutation on the held-out fold.
        choices: Per model, fold and point of the grid: inner area, and whether chosen.
        counts: Per split and variable: missing values and what became of them.
        forests: Fitted pipelines of `combined` and `clinical`, in the order of folds.
    """

    predictions: pd.DataFrame
    collinearity: pd.DataFrame
    importances: pd.DataFrame
    choices: pd.DataFrame
    counts: pd.DataFrame
    forests: dict[str, list[Pipeline]]


class _Fold(NamedTuple):
    predictions: pd.DataFrame
    collinearity: pd.DataFrame
    importances: pd.DataFrame
    choices: pd.DataFrame
    pipeline: Pipeline


def fuse(
    cnn: pd.DataFrame, patients: pd.DataFrame, *, settings: FusionSettings, seed: int
) -> FusionResult:
    """Fit one forest per fold on out-of-fold CNN scores and blood tests.

    Forest k is fitted on the training patients of the other folds, each with the score of
    the CNN that did not see him, and scores fold k. A test patient gets one row per fold:
    forest k on the score of CNN k; the mean of the rows is the ensemble. Labels of fold k
    touch nothing that scores fold k. CNN scores of the other folds come from models that
    saw fold k's images and labels, so the combined out-of-fold area is slightly optimistic;
    test rows are not.

    Args:
        cnn: Prediction rows of one CNN: one combination, one seed.
        patients: Rows of `patients.csv`, with patient_id as a column or the index.
        settings: Choices of the fusion.
        seed: Seed of the forests.

    Raises:
        ContractError: If training rows are not out-of-fold, a group lies in two folds, or a
            column or patient is absent.
    """
    rows = check_cnn_rows(cnn)
    chosen = read_patients(rows, patients, settings=settings)
    training = chosen.table[chosen.table["split"] == "training"]
    check_groups(training["fold"], training["group_id"])
    rows = rows[rows["patient_id"].isin(chosen.table.index)].reset_index(drop=True)
    folds = sorted(training["fold"].unique())
    fitted = {
        model: [
            _fit_fold(rows, chosen, model=model, fold=fold, settings=settings, seed=seed)
            for fold in folds
        ]
        for model in (COMBINED, CLINICAL)
    }
    every = [one for of_model in fitted.values() for one in of_model]
    predictions = [*(one.predictions for one in every), rows, *_write_columns(rows, chosen.table)]
    return FusionResult(
        predictions=check_predictions(pd.concat(predictions, ignore_index=True), "fusion"),
        collinearity=pd.concat([one.collinearity for one in every], ignore_index=True),
        importances=pd.concat([one.importances for one in every], ignore_index=True),
        choices=pd.concat([one.choices for one in every], ignore_index=True),
        counts=chosen.counts,
        forests={model: [one.pipeline for one in ones] for model, ones in fitted.items()},
    )


def _fit_fold(
    rows: pd.DataFrame,
    chosen: FusionPatients,
    *,
    model: str,
    fold: int,
    settings: FusionSettings,
    seed: int,
) -> _Fold:
    variables = _join_variables(rows, chosen, settings, with_cnn=model == COMBINED)
    is_training, of_fold = rows["split"] == "training", rows["fold"] == fold
    fitting = is_training & ~of_fold
    y_true = rows["y_true"].to_numpy(dtype=np.int64)
    groups = rows["patient_id"].map(chosen.table["group_id"])
    fitted = fit_forest(
        variables[fitting],
        y_true[fitting],
        groups[fitting],
        settings=settings,
        random_state=_seed_fold(seed, fold),
    )
    held_out = is_training & of_fold
    tables = (
        describe_collinearity(fitted.pipeline, variables[fitting], y_true[fitting]),
        measure_importance(
            fitted.pipeline,
            variables[held_out],
            y_true[held_out],
            n_repeats=settings.permutation_repeats,
            rng=np.random.default_rng([seed, fold]),
        ),
        fitted.choices,
    )
    collinearity, importances, choices = (
        pd.concat([pd.DataFrame({"model": model, "fold": fold}, index=table.index), table], axis=1)
        for table in tables
    )
    predictions = rows[of_fold].assign(
        model=model,
        protocol="nested" if model == CLINICAL else rows["protocol"],
        y_score=score_rows(fitted.pipeline, variables[of_fold]),
        y_pred=_no_calls(int(of_fold.sum())),
    )
    return _Fold(predictions, collinearity, importances, choices, fitted.pipeline)


def _join_variables(
    rows: pd.DataFrame, chosen: FusionPatients, settings: FusionSettings, *, with_cnn: bool
) -> pd.DataFrame:
    clinical = chosen.table.loc[rows["patient_id"], list(settings.predictors)]
    clinical = clinical.set_axis(rows.index)
    if not with_cnn:
        return clinical
    return pd.concat([rows["y_score"].rename(CNN_SCORE), clinical], axis=1)


def _write_columns(rows: pd.DataFrame, table: pd.DataFrame) -> list[pd.DataFrame]:
    """Return prediction rows of the scores and readers, shaped like the CNN's."""
    written = []
    for name in (*SCORES, *READERS):
        if name not in table:
            continue
        values = rows["patient_id"].map(table[name])
        is_call = name in READERS
        own = rows.assign(
            model=name,
            protocol="none",
            score_kind="call" if is_call else "score",
            y_score=values,
            y_pred=values.astype("Int64") if is_call else _no_calls(len(rows)),
        )
        written.append(own.loc[values.notna(), list(COLUMNS)])
    return written


def _no_calls(n_rows: int) -> ExtensionArray:
    return pd.array([pd.NA] * n_rows, dtype="Int64")


def _seed_fold(seed: int, fold: int) -> int:
    return int(np.random.SeedSequence([seed, fold]).generate_state(1)[0])
