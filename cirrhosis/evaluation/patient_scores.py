"""One score per patient and model: out-of-fold in training, the folds' mean in tests."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.predictions import check_predictions
from cirrhosis.contracts.splits import TEST_SPLITS, TRAINING

# What names one run; models of a run are compared with each other.
RUN_KEYS = ["experiment", "variant", "sequences", "seed"]
SPLITS = (TRAINING, *TEST_SPLITS)


class PatientScores(NamedTuple):
    """The scores of one model on one split.

    Attributes:
        patient_id: One name per patient, sorted.
        y_true: Class of each patient.
        y_score: Out-of-fold score, or the mean over folds.
        fold: The held-out fold of training patients, else 0.
        protocol: Protocol of the rows.
        score_kind: `probability`, `score` or `call`.
    """

    patient_id: NDArray[np.str_]
    y_true: NDArray[np.int64]
    y_score: NDArray[np.float64]
    fold: NDArray[np.int64]
    protocol: str
    score_kind: str


Splits = dict[str, PatientScores]
Models = dict[str, Splits]


def read_runs(predictions: pd.DataFrame) -> Iterator[tuple[dict[str, object], Models]]:
    """Yield each run's keys and, by model and split, the scores of its patients.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    table = check_predictions(predictions)
    for keys, rows in table.groupby(RUN_KEYS, sort=True):
        models: Models = {}
        for model, of_model in rows.groupby("model", sort=True):
            _check_protocol(str(model), of_model)
            parts = {split: of_model[of_model["split"] == split] for split in SPLITS}
            models[str(model)] = {
                split: _average(part) for split, part in parts.items() if len(part)
            }
        yield dict(zip(RUN_KEYS, keys, strict=True)), models


def _check_protocol(model: str, rows: pd.DataFrame) -> None:
    protocols = rows["protocol"].unique()
    if len(protocols) > 1:
        raise ContractError(
            f"expected rows of {model} under one protocol per run, found {first(protocols)};"
            " give the runs different variants, or train every fold under one protocol"
        )


def _average(rows: pd.DataFrame) -> PatientScores:
    of_patient = rows.groupby("patient_id", sort=True)
    training = rows["split"].iloc[0] == TRAINING
    fold = of_patient["fold"].first() if training else of_patient["fold"].first() * 0
    return PatientScores(
        patient_id=fold.index.to_numpy(dtype=np.str_),
        y_true=of_patient["y_true"].first().to_numpy(dtype=np.int64),
        y_score=of_patient["y_score"].mean().to_numpy(dtype=np.float64),
        fold=fold.to_numpy(dtype=np.int64),
        protocol=str(rows["protocol"].iloc[0]),
        score_kind=str(rows["score_kind"].iloc[0]),
    )


class SharedPatients(NamedTuple):
    """Two models' scores of the patients that both have."""

    y_true: NDArray[np.int64]
    first: NDArray[np.float64]
    second: NDArray[np.float64]


def intersect(first: PatientScores, second: PatientScores) -> SharedPatients:
    """Return the scores of the patients that both models have, in one order."""
    _, of_first, of_second = np.intersect1d(
        first.patient_id, second.patient_id, assume_unique=True, return_indices=True
    )
    return SharedPatients(
        first.y_true[of_first], first.y_score[of_first], second.y_score[of_second]
    )
