"""What the model of each fold may see: its fitting rows and the rows that it scores."""

import pandas as pd

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.fusion.fold_model import FoldTask
from cirrhosis.fusion.patient_table import FusionPatients

CNN_SCORE = "cnn_score"
COMBINED, CLINICAL = "combined", "clinical"
NESTED_FUSION = "nested_fusion"


def make_clinical_tasks(rows: pd.DataFrame, chosen: FusionPatients) -> list[FoldTask]:
    """Return the tasks of forests on blood tests alone, one per fold."""
    return [
        _make_task(
            CLINICAL,
            fold,
            "nested",
            fitting=rows[_is_fitting(rows, fold)],
            rows=rows,
            chosen=chosen,
        )
        for fold in list_folds(rows)
    ]


def make_combined_tasks(
    rows: pd.DataFrame, pairs: pd.DataFrame | None, chosen: FusionPatients
) -> list[FoldTask]:
    """Return the tasks of forests on the CNN's score and blood tests, one per fold.

    Args:
        rows: Rows of the CNN.
        pairs: None, and fitting rows carry the CNN's out-of-fold scores; or scores of CNNs
            that did not see fold k either, for the forest of fold k.
        chosen: Patients who take part.
    """
    tasks = []
    for fold in list_folds(rows):
        if pairs is None:
            fitting, protocol = rows[_is_fitting(rows, fold)], str(rows["protocol"].iloc[0])
        else:
            fitting, protocol = pairs[pairs["without"] == fold], NESTED_FUSION
        tasks.append(
            _make_task(COMBINED, fold, protocol, fitting=fitting, rows=rows, chosen=chosen)
        )
    return tasks


def list_folds(rows: pd.DataFrame) -> list[int]:
    """Return the folds of the training rows.

    Raises:
        ContractError: If there are fewer than two.
    """
    folds = sorted(int(fold) for fold in rows.loc[rows["split"] == TRAINING, "fold"].unique())
    if len(folds) < 2:
        raise ContractError(
            f"expected training patients with all blood tests in at least two folds, found"
            f" {folds or 'none'}; use fusion.missing=impute, or fewer fusion.predictors"
        )
    return folds


def _is_fitting(rows: pd.DataFrame, fold: int) -> "pd.Series[bool]":
    return (rows["split"] == TRAINING) & (rows["fold"] != fold)


def _make_task(
    model: str,
    fold: int,
    protocol: str,
    *,
    fitting: pd.DataFrame,
    rows: pd.DataFrame,
    chosen: FusionPatients,
) -> FoldTask:
    scored = rows[rows["fold"] == fold]
    with_cnn = model == COMBINED
    return FoldTask(
        model=model,
        fold=fold,
        protocol=protocol,
        fitting=fitting,
        fitting_variables=_join_variables(fitting, chosen, with_cnn=with_cnn),
        groups=fitting["patient_id"].map(chosen.table["group_id"]),
        scored=scored,
        scored_variables=_join_variables(scored, chosen, with_cnn=with_cnn),
    )


def _join_variables(rows: pd.DataFrame, chosen: FusionPatients, *, with_cnn: bool) -> pd.DataFrame:
    clinical = chosen.predictors.loc[rows["patient_id"]].set_axis(rows.index)
    if not with_cnn:
        return clinical
    return pd.concat([rows["y_score"].rename(CNN_SCORE), clinical], axis=1)
