"""Tables of patients as they may leave the machine: pseudonyms, and nothing that is not needed."""

import pandas as pd

from cirrhosis.contracts.pseudonyms import Pseudonyms

PREDICTIONS = [
    "patient",
    "model",
    "sequences",
    "protocol",
    "seed",
    "split",
    "fold",
    "y_true",
    "y_score",
    "score_kind",
]
SPLIT = ["patient", "split", "fold", "target"]


def name_patients(rows: pd.DataFrame, pseudonyms: Pseudonyms) -> pd.DataFrame:
    """Return prediction rows with pseudonyms in place of patients."""
    return _name(rows, pseudonyms, ["model", "split", "fold"])[PREDICTIONS]


def name_split(table: pd.DataFrame, pseudonyms: Pseudonyms) -> pd.DataFrame:
    """Return who of the patients that take part stands where.

    Dates of studies and reasons of exclusion stay behind.
    """
    included = table[table["excluded_for"].isna()]
    return _name(included, pseudonyms, ["split", "fold"])[SPLIT]


def _name(rows: pd.DataFrame, pseudonyms: Pseudonyms, order: list[str]) -> pd.DataFrame:
    named = rows.assign(patient=rows["patient_id"].map(pseudonyms.name))
    # Sorted by pseudonym: the order of the cohort's table would tell who is who.
    return named.sort_values([*order, "patient"]).reset_index(drop=True)
