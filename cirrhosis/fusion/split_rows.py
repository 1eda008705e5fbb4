"""Who is fitted on and who is scored where there is no CNN: taken from the split file."""

import numpy as np
import pandas as pd

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.predictions import COLUMNS
from cirrhosis.contracts.splits import TRAINING, check_splits
from cirrhosis.fusion.compared_rows import no_calls

NO_SEQUENCES = "none"


def rows_of_split(
    splits: pd.DataFrame, *, experiment: str, variant: str, seed: int
) -> pd.DataFrame:
    """Return rows shaped like a CNN's, without a score.

    Args:
        splits: Table of a split file; excluded patients stay out.
        experiment: Name in the prediction table.
        variant: Name in the prediction table.
        seed: Seed of the forests.

    Returns:
        One row per training patient (its held-out fold), one per fold and test patient.

    Raises:
        ContractError: If the table breaks the contract of splits, or has no training patient.
    """
    table = check_splits(splits)
    table = table[table["excluded_for"].isna()]
    training, test = table[table["split"] == TRAINING], table[table["split"] != TRAINING]
    if training.empty:
        raise ContractError(
            "expected training patients in the split, found none; choose another rule (conf/split)"
        )
    folds = pd.DataFrame({"fold": sorted(training["fold"].unique())}, dtype="Int64")
    every = pd.concat([training, test.drop(columns="fold").merge(folds, how="cross")])
    rows = every.assign(
        experiment=experiment,
        variant=variant,
        model="clinical",
        sequences=NO_SEQUENCES,
        protocol="nested",
        seed=seed,
        score_kind="probability",
        y_true=every["target"].astype("int64"),
        fold=every["fold"].astype("int64"),
        y_score=np.nan,
        y_pred=no_calls(len(every)),
    )
    return rows[list(COLUMNS)].reset_index(drop=True)
