"""Prediction rows of what is compared with the forests: scores, readers and baselines."""

import pandas as pd
from pandas.api.extensions import ExtensionArray

from cirrhosis.contracts.predictions import COLUMNS
from cirrhosis.fusion.patient_table import READERS


def write_compared(rows: pd.DataFrame, compared: pd.DataFrame) -> list[pd.DataFrame]:
    """Return a table per column of `compared`, with the keys of `rows`.

    A patient without a value has no row: nothing is invented.

    Args:
        rows: Prediction rows of the patients, one per training patient and one per fold
            and test patient.
        compared: Indexed by patient_id, a column per score, reader or baseline.
    """
    written = []
    for name in map(str, compared):
        values = rows["patient_id"].map(compared[name])
        is_call = name in READERS
        own = rows.assign(
            model=name,
            protocol="none",
            score_kind="call" if is_call else "score",
            y_score=values,
            y_pred=values.astype("Int64") if is_call else no_calls(len(rows)),
        )
        written.append(own.loc[values.notna(), list(COLUMNS)])
    return written


def no_calls(n_rows: int) -> ExtensionArray:
    """Return the `y_pred` of rows that are not called."""
    return pd.array([pd.NA] * n_rows, dtype="Int64")
