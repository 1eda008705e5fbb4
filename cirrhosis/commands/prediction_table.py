"""The rows of `predictions.csv` that a run writes."""

from typing import Any

import pandas as pd

from cirrhosis.contracts.fold_names import parse_folds
from cirrhosis.contracts.predictions import COLUMNS
from cirrhosis.contracts.sides import Sides
from cirrhosis.contracts.splits import Splits


def tabulate_predictions(
    scores: pd.Series, values: dict[str, Any], splits: Splits, sides: Sides
) -> pd.DataFrame:
    """Return one row per predicted patient.

    Args:
        scores: Probability per patient identifier.
        values: Plain configuration of a run.
        splits: Gives fold, split and class.
        sides: Of the run.
    """
    table = splits.included.set_index("patient_id").loc[scores.index]
    rows = {
        "experiment": values["name"],
        "variant": values["variant"],
        "model": "cnn",
        "sequences": values["sequences"],
        "protocol": sides.protocol,
        "seed": values["seed"],
        # A pair of folds holds out patients of both, each a row of the patient's own fold.
        "fold": table["fold"].fillna(parse_folds(values["fold"])[0]),
        "split": table["split"],
        "patient_id": scores.index,
        "y_true": table["target"],
        "y_score": scores,
        "score_kind": "probability",
        "y_pred": pd.NA,
    }
    return pd.DataFrame(rows, index=scores.index)[list(COLUMNS)]
