"""Checks a table against a pandera schema and words the finding for a reader."""

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from cirrhosis.contracts.errors import ContractError, first


def check_table(
    table: pd.DataFrame, schema: pa.DataFrameSchema, source: Path | str
) -> pd.DataFrame:
    """Return `table` with the types of `schema`.

    Raises:
        ContractError: If the table breaks the schema; names the rule and up to three cells.
    """
    try:
        return schema.validate(table, lazy=True)
    except pa.errors.SchemaErrors as error:
        raise ContractError(f"{source}: {_finding(error.failure_cases, table)}") from error


def _finding(failures: pd.DataFrame, table: pd.DataFrame) -> str:
    missing = failures.loc[failures["check"] == "column_in_dataframe", "failure_case"]
    if len(missing):
        return (
            f"expected the column {first(missing)}, but the table has {first(table.columns, 12)};"
            " add it (the contract lists every column and unit)"
        )
    rule, column = failures.iloc[0][["check", "column"]]
    same = failures[(failures["check"] == rule) & (failures["column"] == column)]
    return (
        f"expected column '{column}' to satisfy {rule}, but {len(same)} values do not:"
        f" {first(_name_cells(same, table))}. Correct the rows named."
    )


def _name_cells(failures: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    patients = table.get("patient_id", pd.Series(dtype="string")).astype("string")
    named = failures["index"].map(patients)
    return [
        f"{value} (patient {patient})" if isinstance(patient, str) else str(value)
        for value, patient in zip(failures["failure_case"], named, strict=True)
    ]
