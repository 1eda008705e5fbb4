"""A clinical table into patients: `cirrhosis import source=... source.file=...`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.clinical.plausibility import suspect_columns
from cirrhosis.cohort.column_import import CONSTANT, CONVERTED, OUTCOMES, SET_TO_MISSING
from cirrhosis.cohort.source_table import read_source_table
from cirrhosis.cohort.table_import import NOT_IMPORTED, ROWS, ImportedTable, import_table
from cirrhosis.cohort.table_import_settings import ColumnSettings, SourceSettings
from cirrhosis.commands.configuration import build_settings
from cirrhosis.commands.import_files import REPORT, write_import
from cirrhosis.contracts.errors import ContractError, first

# Settings of a source with a table and images that are not about its table.
OF_IMAGES = ("images", "dicom", "keep_without_images", "reference")


def import_table_alone(values: Mapping[str, Any], folder: Path) -> None:
    """Write `patients.csv`, `volumes.csv` and the account of every cell, and print it."""
    path, source = build_source(values)
    imported = import_table(read_source_table(path, source.format), source)
    write_import(imported, folder)
    print("\n".join(describe_table(imported)))
    print(f"\nwrote {len(imported.patients)} patients of {path} to {folder}")
    print(f"every cell is accounted for in {folder / REPORT}")


def read_optional_table(values: Mapping[str, Any]) -> ImportedTable | None:
    """Return the patients of a table that goes with images, None if no file is named.

    Raises:
        ContractError: If a setting is refused, or no column names the patients.
    """
    if values["file"] is None:
        return None
    path, source = build_source(values)
    if source.identifier.column is None:
        raise ContractError(
            f"{path}: expected the column with the patients' identifiers, because images are joined"
            " by them; name it with `identifier.column` of the table"
        )
    return import_table(read_source_table(path, source.format), source)


def build_source(values: Mapping[str, Any]) -> tuple[Path, SourceSettings]:
    """Return the file and the settings of `source`.

    Raises:
        ContractError: If no file is named or a setting is unknown or refused.
    """
    options = dict(values)
    for name in ("kind", *(OF_IMAGES if options["kind"] != "table" else ())):
        options.pop(name)
    path = options.pop("file")
    if path is None:
        raise ContractError(
            "expected the table to import; name it with source.file=..., and what is in it with"
            " source=... or a file of yours in conf/source (conf/source/table.yaml shows how)"
        )
    columns = {
        name: build_settings(ColumnSettings, column, f"source.columns.{name}")
        for name, column in options.pop("columns").items()
    }
    settings = build_settings(SourceSettings, options | {"columns": columns}, "source")
    return Path(path), settings


def describe_table(imported: ImportedTable) -> list[str]:
    """Return the account of a table and the columns whose median is no patient's, in words."""
    suspects = [
        f"{suspect.column}: the median {suspect.median:g} is unusual, {suspect.likely_cause}"
        for suspect in suspect_columns(imported.patients).itertuples()
    ]
    return [describe_import(imported.report), *suspects]


def describe_import(report: pd.DataFrame) -> str:
    """Return the account in words: counts per column, then every loss and assumption."""
    cells = report[~report["column"].isin([ROWS, ""])]
    counts = cells.pivot_table(
        index=["column", "source"], columns="outcome", values="n", aggfunc="sum", sort=False
    )
    shown = [name for name in OUTCOMES if name in counts]
    table = counts[shown].fillna(0).astype(int).reset_index().to_string(index=False)
    notes = [_describe_line(line) for _, line in report.iterrows()]
    rest = report.loc[report["outcome"] == NOT_IMPORTED, "source"]
    if len(rest):
        notes.append(f"no column comes from {len(rest)} source columns: {first(rest, 8)}")
    return "\n".join([table, "", *(note for note in notes if note)])


def _describe_line(line: pd.Series) -> str:
    if line["column"] == ROWS:
        of_column = f" ({line['source']} {line['rule']})" if line["rule"] else ""
        return (
            f"rows {line['outcome'].replace('_', ' ')}: {line['n']} of {line['n_rows']}{of_column}"
        )
    if line["outcome"] == SET_TO_MISSING:
        return f"{line['column']}: {line['n']} set to missing, {line['rule']} ({line['examples']})"
    if line["outcome"] == CONVERTED:
        return f"{line['column']}: {line['n']} converted, {line['rule']}"
    if line["outcome"] == CONSTANT:
        return f"{line['column']}: {line['rule']}"
    return ""
