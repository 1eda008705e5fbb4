"""Stacking a clinical forest on the CNN's out-of-fold scores."""

from dataclasses import dataclass

import pandas as pd
from joblib import Parallel, delayed
from sklearn.pipeline import Pipeline

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.predictions import check_predictions
from cirrhosis.contracts.progress import Progress, silent
from cirrhosis.fusion.cnn_rows import check_cnn_rows, check_groups
from cirrhosis.fusion.compared_rows import write_compared
from cirrhosis.fusion.fold_model import FoldModel, FoldTask, fit_fold
from cirrhosis.fusion.fold_tasks import make_clinical_tasks, make_combined_tasks
from cirrhosis.fusion.pair_rows import check_pair_rows
from cirrhosis.fusion.patient_table import FusionPatients, read_patients
from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.fusion.split_rows import rows_of_split

# Fitting rows from which several processes repay the seconds that they take to start.
WORTH_PROCESSES = 200


@dataclass(frozen=True)
class FusionResult:
    """What the fusion of one sequence combination and seed gives.

    Attributes:
        predictions: Rows of `combined`, `clinical`, `cnn`, `fib4`, `apri`, the readers and
            the baselines, as far as they exist, of the same patients.
        collinearity: Per model, fold and variable: vif, beta_per_sd, kept, reason, selected.
        importances: Per model, fold and variable: gini over trees, permutation on the
            held-out fold.
        choices: Per model, fold and point of the grid: inner area, and whether chosen.
        counts: Per split, fold and variable: missing values and what became of them.
        forests: Fitted pipelines of each forest model, in the order of folds.
    """

    predictions: pd.DataFrame
    collinearity: pd.DataFrame
    importances: pd.DataFrame
    choices: pd.DataFrame
    counts: pd.DataFrame
    forests: dict[str, list[Pipeline]]


def fuse(
    cnn: pd.DataFrame,
    patients: pd.DataFrame,
    *,
    settings: FusionSettings,
    seed: int,
    pairs: pd.DataFrame | None = None,
    n_workers: int = 1,
    progress: Progress = silent,
) -> FusionResult:
    """Fit one forest per fold on out-of-fold CNN scores and blood tests.

    Forest k is fitted on the training patients of the other folds, each with the score of
    the CNN that did not see him, and scores fold k. A test patient gets one row per fold:
    forest k on the score of CNN k; the mean of the rows is the ensemble. Labels of fold k
    touch nothing in the forest that scores fold k. CNN scores of the other folds come from
    models that saw fold k's images and labels, so the combined out-of-fold area is slightly
    optimistic; test rows are not. With `settings.nested` forest k is fitted on scores of
    CNNs that saw neither the patient's fold nor fold k (protocol `nested_fusion`).

    Args:
        cnn: Prediction rows of one CNN: one combination, one seed.
        patients: Rows of `patients.csv`, with patient_id as a column or the index.
        settings: Choices of the fusion.
        seed: Seed of the forests.
        pairs: For `settings.nested`: rows of CNNs that hold out two folds, with the column
            `without` (the other fold); rows of other combinations and seeds are ignored.
        n_workers: Processes that fit; the result does not depend on it.
        progress: Shows how many forests are fitted.

    Raises:
        ContractError: If training rows are not out-of-fold, a group lies in two folds, a
            column or patient is absent, or a pair of folds has no CNN.
    """
    rows = check_cnn_rows(cnn)
    inner = _choose_pairs(pairs, rows, settings)
    chosen = _choose_patients(rows, patients, settings)
    rows = _rows_of(rows, chosen)
    inner = None if inner is None else _rows_of(inner, chosen)
    tasks = [*make_combined_tasks(rows, inner, chosen), *make_clinical_tasks(rows, chosen)]
    fitted = _fit_all(tasks, settings, seed, n_workers, progress)
    return _gather(fitted, [rows, *write_compared(rows, chosen.compared)], chosen)


def fuse_clinical(
    splits: pd.DataFrame,
    patients: pd.DataFrame,
    *,
    settings: FusionSettings,
    seed: int,
    experiment: str = "clinical",
    variant: str = "clinical",
    n_workers: int = 1,
    progress: Progress = silent,
) -> FusionResult:
    """Fit one forest per fold on blood tests alone; patients, labels and folds of a split.

    Args:
        splits: Table of a split file (or of one in memory, same columns).
        patients: Rows of `patients.csv`, with patient_id as a column or the index.
        settings: Choices of the fusion.
        seed: Seed of the forests.
        experiment: Name in the prediction table.
        variant: Name in the prediction table.
        n_workers: Processes that fit; the result does not depend on it.
        progress: Shows how many forests are fitted.

    Returns:
        Rows of `clinical`, the scores, readers and baselines, with sequences `none`.

    Raises:
        ContractError: If the split breaks its contract, a group lies in two folds, or a
            column or patient is absent.
    """
    rows = rows_of_split(splits, experiment=experiment, variant=variant, seed=seed)
    chosen = _choose_patients(rows, patients, settings)
    rows = _rows_of(rows, chosen)
    fitted = _fit_all(make_clinical_tasks(rows, chosen), settings, seed, n_workers, progress)
    return _gather(fitted, write_compared(rows, chosen.compared), chosen)


def _choose_patients(
    rows: pd.DataFrame, patients: pd.DataFrame, settings: FusionSettings
) -> FusionPatients:
    chosen = read_patients(rows, patients, settings=settings)
    check_groups(chosen.table)
    return chosen


def _choose_pairs(
    pairs: pd.DataFrame | None, rows: pd.DataFrame, settings: FusionSettings
) -> pd.DataFrame | None:
    if not settings.nested:
        return None
    if pairs is None:
        raise ContractError(
            "expected rows of CNNs that hold out two folds for fusion.nested=true, but there are"
            " none; train them with fold=pairs"
        )
    return check_pair_rows(pairs, rows)


def _rows_of(rows: pd.DataFrame, chosen: FusionPatients) -> pd.DataFrame:
    return rows[rows["patient_id"].isin(chosen.table.index)].reset_index(drop=True)


def _fit_all(
    tasks: list[FoldTask],
    settings: FusionSettings,
    seed: int,
    n_workers: int,
    progress: Progress,
) -> list[FoldModel]:
    is_small = len(tasks[0].fitting) < WORTH_PROCESSES
    n_jobs = 1 if is_small else min(n_workers, len(tasks))
    # In the order of tasks, whoever ends first.
    parallel = Parallel(n_jobs=n_jobs, return_as="generator")
    fitted = parallel(delayed(fit_fold)(task, settings=settings, seed=seed) for task in tasks)
    return list(progress(fitted, total=len(tasks), label="fuse"))


def _gather(
    fitted: list[FoldModel], others: list[pd.DataFrame], chosen: FusionPatients
) -> FusionResult:
    predictions = [*(one.predictions for one in fitted), *others]
    forests: dict[str, list[Pipeline]] = {}
    for one in fitted:
        forests.setdefault(str(one.predictions["model"].iloc[0]), []).append(one.pipeline)
    return FusionResult(
        predictions=check_predictions(pd.concat(predictions, ignore_index=True), "fusion"),
        collinearity=pd.concat([one.collinearity for one in fitted], ignore_index=True),
        importances=pd.concat([one.importances for one in fitted], ignore_index=True),
        choices=pd.concat([one.choices for one in fitted], ignore_index=True),
        counts=chosen.counts,
        forests=forests,
    )
