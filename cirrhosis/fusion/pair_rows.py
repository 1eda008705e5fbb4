"""Scores of CNNs that saw neither the patient's fold nor the one that a forest scores."""

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.predictions import COLUMNS
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.fusion.cnn_rows import ONE_OF_EACH

PAIR_KEYS = ["patient_id", "without"]
# The protocol may differ: a fold that suffices to stop on among four may not among three.
SHARED = tuple(name for name in ONE_OF_EACH if name != "protocol")


def check_pair_rows(pairs: pd.DataFrame, cnn: pd.DataFrame) -> pd.DataFrame:
    """Return the pair rows of the CNN's training patients if none is missing.

    Args:
        pairs: Columns of predictions and `without`; a row is the score of a training
            patient of `fold` by a CNN that held out the folds `fold` and `without`.
        cnn: Checked rows of one CNN.

    Raises:
        ContractError: If a patient lacks the score of a pair of folds, or a row is of
            another model, class or fold than the CNN's.
    """
    own = pairs[pairs["sequences"].isin(cnn["sequences"]) & pairs["seed"].isin(cnn["seed"])]
    training = cnn[cnn["split"] == TRAINING].set_index("patient_id")
    own = own[own["patient_id"].isin(training.index)].reset_index(drop=True)
    _check_complete(own, training)
    for column in (*SHARED, "fold", "y_true"):
        wrong = own[column].to_numpy() != training.loc[own["patient_id"], column].to_numpy()
        if wrong.any():
            raise ContractError(
                f"expected pair rows with the {column} of the CNN's rows, but {wrong.sum()} differ:"
                f" patients {first(own.loc[wrong, 'patient_id'].unique())}. Train the pairs under"
                " the same configuration and split."
            )
    return own[[*COLUMNS, "without"]]


def _check_complete(own: pd.DataFrame, training: pd.DataFrame) -> None:
    repeated = own.loc[own.duplicated(PAIR_KEYS), "patient_id"].unique()
    if len(repeated):
        raise ContractError(
            f"expected one row per patient and pair of folds, but {len(repeated)} patients have"
            f" several: {first(repeated)}. Keep the rows of one variant."
        )
    folds = sorted(training["fold"].unique())
    wanted = {(one, other) for one in folds for other in folds if one != other}
    sizes = training["fold"].value_counts()
    found = own.groupby(["fold", "without"]).size()
    lacking = sorted(pair for pair in wanted if found.get(pair, 0) < sizes[pair[0]])
    if lacking:
        names = sorted({f"{min(pair)}-{max(pair)}" for pair in lacking})
        sequences = training["sequences"].iloc[0]
        raise ContractError(
            f"expected CNNs of all {len(wanted) // 2} pairs of folds for fusion.nested=true, but"
            f" {len(names)} lack scores: {first(names)}. Train them with `cirrhosis train -m"
            f" sequences={sequences} fold=pairs` and the settings of the other runs."
        )
