"""The CNN's rows that a forest may be fitted on: out-of-fold, or refused."""

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.predictions import check_predictions
from cirrhosis.contracts.splits import TRAINING

ONE_OF_EACH = ("experiment", "variant", "model", "sequences", "protocol", "seed", "score_kind")


def check_cnn_rows(cnn: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of one CNN if a forest can be stacked on them without a leak.

    A training patient's score must come from the one model that did not see him; in-fold
    scores look far better than those of new patients, and a forest fitted on them trusts
    the CNN too much.

    Raises:
        ContractError: If the rows belong to several models or combinations, a training
            patient has not exactly one row, or a test patient not one row per fold.
    """
    _check_single_model(cnn)
    training, test = cnn[cnn["split"] == "training"], cnn[cnn["split"] != "training"]
    folds_of = training.groupby("patient_id")["fold"].nunique()
    torn = folds_of[folds_of > 1].index
    if len(torn):
        raise ContractError(
            "expected out-of-fold CNN scores, one fold per training patient, but"
            f" {len(torn)} patients have rows of several folds: {first(torn)}. Models that were"
            " fitted on a patient must not score him; hand in the held-out rows only."
        )
    table = check_predictions(cnn, "CNN rows")
    folds = sorted(training["fold"].unique())
    if len(folds) < 2:
        raise ContractError(
            f"expected CNN scores of at least two folds to stack on, found {folds};"
            " train every fold first"
        )
    _check_every_fold(test, folds)
    return table


def check_groups(patients: pd.DataFrame) -> None:
    """Refuse groups (families, donors) that stand on two sides of a boundary.

    Args:
        patients: Columns group_id, split and fold (of training patients).

    Raises:
        ContractError: If a group is torn, because its labels would cross a boundary.
    """
    fold = patients["fold"].astype("string").where(patients["split"] == TRAINING, "")
    sides = patients["split"].astype("string").str.cat(fold, sep=" ")
    counts = sides.groupby(patients["group_id"]).nunique()
    torn = counts[counts > 1].index
    if len(torn):
        raise ContractError(
            f"expected each group_id in one fold or test split, but {len(torn)} are in several:"
            f" {first(torn)}. Draw the split again with these groups."
        )


def _check_single_model(cnn: pd.DataFrame) -> None:
    for column in ONE_OF_EACH:
        found = cnn[column].unique()
        if len(found) != 1:
            # `nested` falls back fold by fold, where a centre is a fold for instance.
            remedy = (
                "train every fold under one, such as protocol=fixed_epochs"
                if column == "protocol"
                else "fuse one combination of one run at a time"
            )
            raise ContractError(
                f"expected CNN rows of one {column}, found {len(found)}: {first(found)}; {remedy}"
            )
    if cnn["score_kind"].iloc[0] != "probability":
        raise ContractError(
            f"expected CNN rows of kind 'probability', found '{cnn['score_kind'].iloc[0]}';"
            " write sigmoid outputs"
        )


def _check_every_fold(test: pd.DataFrame, folds: list[int]) -> None:
    seen = test.groupby("patient_id")["fold"].agg(lambda column: sorted(column) == folds)
    partial = seen[~seen.astype(bool)].index
    if len(partial):
        raise ContractError(
            f"expected one CNN row per test patient and fold {folds}, but {len(partial)} patients"
            f" differ: {first(partial)}. Predict the test splits with the model of every fold."
        )
