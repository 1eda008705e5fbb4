"""The prediction table: every model writes it, every evaluation reads it."""

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_table, write_table
from cirrhosis.contracts.schema import check_table
from cirrhosis.contracts.splits import TEST_SPLITS, TRAINING

COLUMNS = (
    "experiment",
    "variant",
    "model",
    "sequences",
    "protocol",
    "seed",
    "fold",
    "split",
    "patient_id",
    "y_true",
    "y_score",
    "score_kind",
    "y_pred",
)
TEXT_COLUMNS = (
    "experiment",
    "variant",
    "model",
    "sequences",
    "protocol",
    "split",
    "patient_id",
    "score_kind",
)
# `nested_fusion`: a forest that was fitted on scores of networks that saw neither the patient
# nor the held-out fold, so that its out-of-fold rows are as honest as its test rows.
PROTOCOLS = ("nested", "paper", "fixed_epochs", "nested_fusion", "none")
SCORE_KINDS = ("probability", "score", "call")
# What names one column of scores: within it a patient has one row, or one per fold in a test set.
MODEL_KEYS = ["experiment", "variant", "model", "sequences", "protocol", "seed"]

SCHEMA = pa.DataFrameSchema(
    {name: pa.Column("string", coerce=True) for name in TEXT_COLUMNS}
    | {
        "protocol": pa.Column("string", pa.Check.isin(PROTOCOLS), coerce=True),
        "split": pa.Column("string", pa.Check.isin([TRAINING, *TEST_SPLITS]), coerce=True),
        "score_kind": pa.Column("string", pa.Check.isin(SCORE_KINDS), coerce=True),
        "seed": pa.Column("int64", coerce=True),
        "fold": pa.Column("int64", pa.Check.ge(0), coerce=True),
        "y_true": pa.Column("int64", pa.Check.isin([0, 1]), coerce=True),
        "y_score": pa.Column(float, coerce=True),
        "y_pred": pa.Column("Int64", pa.Check.isin([0, 1]), nullable=True, coerce=True),
    }
)


def check_predictions(table: pd.DataFrame, source: Path | str = "predictions") -> pd.DataFrame:
    """Return `table` if its training rows are out-of-fold and its scores are what they say.

    Args:
        table: One row per model and training patient (its held-out fold), or per model,
            test patient and fold. `y_score` of kind `probability` lies in [0, 1], of kind
            `call` is 0 or 1, of kind `score` is any finite number.
        source: Where the table comes from, for the error text.

    Raises:
        ContractError: If a column breaks its rule, a score breaks its kind, a training
            patient has several rows of one model, a test patient several of one fold, a
            patient stands in two splits, or has two labels.
    """
    table = check_table(table.reset_index(drop=True), SCHEMA, source)
    _check_scores(table, source)
    _check_rows(table, source)
    for column in ("split", "y_true"):
        sides = table.groupby("patient_id")[column].nunique()
        torn = sides[sides > 1].index
        if len(torn):
            raise ContractError(
                f"{source}: expected one {column} per patient, but {len(torn)} have several:"
                f" {first(torn)}. The rows come from different splits; predict again with one."
            )
    return table.loc[:, list(COLUMNS)]


def read_predictions(path: Path) -> pd.DataFrame:
    """Read and check a prediction table.

    Raises:
        ContractError: If the file is absent or breaks the contract.
    """
    return check_predictions(read_table(path, TEXT_COLUMNS), path)


def write_predictions(table: pd.DataFrame, path: Path) -> None:
    """Check a prediction table and write it whole.

    Raises:
        ContractError: If the table breaks the contract; nothing is written then.
    """
    write_table(check_predictions(table, path), path)


def _check_scores(table: pd.DataFrame, source: Path | str) -> None:
    score, kind = table["y_score"], table["score_kind"]
    wrong = {
        "probability": ~score.between(0, 1),
        "call": ~score.isin([0, 1]),
        "score": ~score.abs().lt(float("inf")),
    }
    for name, is_wrong in wrong.items():
        patients = table.loc[(kind == name) & is_wrong, "patient_id"]
        if len(patients):
            rule = {"probability": "in [0, 1]", "call": "0 or 1", "score": "finite"}[name]
            raise ContractError(
                f"{source}: expected y_score of kind '{name}' to be {rule}, but {len(patients)}"
                f" rows are not: {first(patients)}. Were logits written instead?"
            )


def _check_rows(table: pd.DataFrame, source: Path | str) -> None:
    training = table[table["split"] == TRAINING]
    repeated = training.loc[training.duplicated([*MODEL_KEYS, "patient_id"]), "patient_id"]
    if len(repeated):
        raise ContractError(
            f"{source}: expected one out-of-fold row per training patient and model, but"
            f" {repeated.nunique()} patients have several: {first(repeated.unique())}."
            " Rows of models that were fitted on the patient are not out-of-fold; leave them out."
        )
    test = table[table["split"] != TRAINING]
    repeated = test.loc[test.duplicated([*MODEL_KEYS, "patient_id", "fold"]), "patient_id"]
    if len(repeated):
        raise ContractError(
            f"{source}: expected one row per test patient, model and fold, but"
            f" {repeated.nunique()} patients repeat: {first(repeated.unique())}."
        )
