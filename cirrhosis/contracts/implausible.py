"""Values that a split found implausible, and those of them that later stages take as missing."""

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from cirrhosis.contracts.cohort import IDENTIFIER
from cirrhosis.contracts.files import read_table
from cirrhosis.contracts.schema import check_table

BESIDE = ".implausible.csv"
MISSING = "missing"
COLUMNS = ("patient_id", "column", "value", "low", "high", "likely_cause", "treatment")
SCHEMA = pa.DataFrameSchema(
    {
        "patient_id": pa.Column("string", pa.Check.str_matches(IDENTIFIER), coerce=True),
        "column": pa.Column("string", coerce=True),
        "treatment": pa.Column("string", coerce=True),
    }
)


def hide_implausible(patients: pd.DataFrame, splits_path: Path) -> pd.DataFrame:
    """Return `patients` with the values missing that the split takes as missing.

    Every stage that reads laboratory values after `split` reads them through here, so that
    `split.eligibility.implausible=missing` means one thing everywhere. The file of the
    cohort keeps its values.

    Args:
        patients: Rows of `patients.csv`.
        splits_path: The split file; the values stand beside it in `<name>.implausible.csv`,
            and a split without that file hides nothing.

    Raises:
        ContractError: If the file breaks its contract.
    """
    beside = splits_path.with_suffix(BESIDE)
    if not beside.is_file():
        return patients
    found = check_table(read_table(beside, ("patient_id", "column", "treatment")), SCHEMA, beside)
    hidden = found[(found["treatment"] == MISSING) & found["column"].isin(patients.columns)]
    changed = {
        str(column): patients[column].mask(patients["patient_id"].isin(rows["patient_id"]))
        for column, rows in hidden.groupby("column")
    }
    return patients.assign(**changed)
