"""Patients of a split whom a run does not use: `left_out.csv` in its folder."""

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from cirrhosis.contracts.cohort import IDENTIFIER
from cirrhosis.contracts.files import read_table, write_table
from cirrhosis.contracts.schema import check_table
from cirrhosis.contracts.splits import TEST_SPLITS, TRAINING

FILE = "left_out.csv"
COLUMNS = ("patient_id", "split", "fold", "reason", "lacks")
# Who could not be prepared, or was left out by the limits of quality, stands in the store's
# failures.csv; who lacks a sequence is left out by one of the rules of `data.incomplete`.
POOR_QUALITY = "quality"
NOT_PREPARED, COMPLETE_CASE, AVAILABLE = "not_prepared", "complete_case", "available"
RULES = (COMPLETE_CASE, AVAILABLE)
REASONS = (NOT_PREPARED, POOR_QUALITY, *RULES)

SCHEMA = pa.DataFrameSchema(
    {
        "patient_id": pa.Column(
            "string", pa.Check.str_matches(IDENTIFIER), unique=True, coerce=True
        ),
        "split": pa.Column("string", pa.Check.isin([TRAINING, *TEST_SPLITS]), coerce=True),
        "fold": pa.Column("Int64", pa.Check.ge(0), nullable=True, coerce=True),
        "reason": pa.Column("string", pa.Check.isin(REASONS), coerce=True),
        "lacks": pa.Column("string", nullable=True, coerce=True),
    }
)


def write_left_out(table: pd.DataFrame, folder: Path) -> None:
    """Write who is left out of the run in `folder`, also if it is nobody.

    Args:
        table: A row per patient; `lacks` joins the sequences that an incomplete one lacks
            with `+`, in the order of a combination.
        folder: Of the run.

    Raises:
        ContractError: If the table breaks the contract; nothing is written then.
    """
    checked = check_table(table.reset_index(drop=True), SCHEMA, folder / FILE)
    write_table(checked.loc[:, list(COLUMNS)].sort_values("patient_id"), folder / FILE)


def read_left_out(folder: Path) -> pd.DataFrame:
    """Return who is left out of the run in `folder`; nobody if an earlier release trained it.

    Raises:
        ContractError: If the table breaks the contract.
    """
    path = folder / FILE
    if not path.is_file():
        return make_left_out()
    table = read_table(path, ("patient_id", "split", "reason", "lacks"))
    return check_table(table, SCHEMA, path).loc[:, list(COLUMNS)]


def make_left_out() -> pd.DataFrame:
    """Return the table of nobody."""
    empty = pd.DataFrame({name: pd.Series(dtype="string") for name in COLUMNS})
    return empty.astype({"fold": "Int64"})
