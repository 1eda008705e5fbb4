"""Whether prediction rows that come from outside belong to a split."""

from pathlib import Path

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.predictions import check_predictions
from cirrhosis.contracts.splits import TRAINING


def check_agreement(
    predictions: pd.DataFrame, splits: pd.DataFrame, source: Path | str = "predictions"
) -> pd.DataFrame:
    """Return `predictions` if each row says of its patient what the split says.

    Out-of-fold is a claim that a table from outside cannot prove; what can be checked is
    that its folds are the split's. Patients of the split without a row are allowed.

    Args:
        predictions: Rows of networks trained elsewhere.
        splits: Table of a split file.
        source: Where the rows come from, for the error text.

    Raises:
        ContractError: If the rows break the contract of predictions, or patient, class,
            split or fold is another than the split's.
    """
    table = check_predictions(predictions, source)
    included = splits[splits["excluded_for"].isna()]
    facts = included.set_index(included["patient_id"].astype("string"))
    strangers = sorted(set(table["patient_id"]) - set(facts.index))
    if strangers:
        raise ContractError(
            f"{source}: expected patients who take part in the split, but {len(strangers)} do"
            f" not: {first(strangers)}. Remove their rows, or name the split of the networks."
        )
    theirs = facts.loc[table["patient_id"]].set_axis(table.index)
    is_training = table["split"] == TRAINING
    differs = {
        "y_true": table["y_true"] != theirs["target"],
        "split": table["split"] != theirs["split"],
        "fold": is_training & (table["fold"] != theirs["fold"].fillna(-1)),
    }
    for column, wrong in differs.items():
        patients = table.loc[wrong.astype(bool), "patient_id"].unique()
        if len(patients):
            raise ContractError(
                f"{source}: expected the {column} of the split, but {len(patients)} patients"
                f" have another: {first(patients)}. Rows made under another split or label are"
                " not out-of-fold here; predict again, or name their split."
            )
    unknown = sorted(set(table["fold"]) - {int(fold) for fold in included["fold"].dropna()})
    if unknown:
        raise ContractError(
            f"{source}: expected folds of the split, but found {first(unknown)} among the test"
            " rows; leave one row per test patient and fold of the split"
        )
    return table
