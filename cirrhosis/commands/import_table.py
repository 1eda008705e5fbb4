"""Turn a clinical table into a cohort folder: `cirrhosis import source=... source.file=...`."""

from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig

from cirrhosis.clinical.plausibility import suspect_columns
from cirrhosis.cohort.column_import import CONSTANT, CONVERTED, OUTCOMES, SET_TO_MISSING
from cirrhosis.cohort.source_table import read_source_table
from cirrhosis.cohort.table_import import NOT_IMPORTED, ROWS, ImportedTable, import_table
from cirrhosis.cohort.table_import_settings import ColumnSettings, SourceSettings
from cirrhosis.commands.configuration import build_settings, plain
from cirrhosis.commands.places import resolve_cohort
from cirrhosis.contracts.cohort import VOLUMES, check_volumes, write_cohort
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_table, write_table

REPORT = "import_report.csv"


def run(config: DictConfig) -> None:
    """Write `patients.csv`, `volumes.csv` and the account of every cell, and print it."""
    values = plain(config)
    folder = resolve_cohort(values["cohort"], values["paths"]["cohorts"])
    path, source = build_source(values["source"])
    imported = import_table(read_source_table(path, source.format), source)
    write_import(imported, folder)
    print(describe_import(imported.report))
    for suspect in suspect_columns(imported.patients).itertuples():
        print(f"{suspect.column}: the median {suspect.median:g} is unusual, {suspect.likely_cause}")
    print(f"\nwrote {len(imported.patients)} patients of {path} to {folder}")
    print(f"every cell is accounted for in {folder / REPORT}")


def build_source(values: dict[str, Any]) -> tuple[Path, SourceSettings]:
    """Return the file and the settings of `source`.

    Raises:
        ContractError: If no file is named or a setting is unknown or refused.
    """
    options = dict(values)
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


def write_import(imported: ImportedTable, folder: Path) -> None:
    """Write a cohort folder; a `volumes.csv` that stands there is kept.

    Raises:
        ContractError: If a `patients.csv` stands there that no import wrote, or the volumes
            belong to other patients; nothing is written then.
    """
    if (folder / "patients.csv").exists() and not (folder / REPORT).exists():
        raise ContractError(
            f"{folder} holds a patients.csv that no import wrote, and it is not overwritten;"
            " choose another `cohort`, or move the file"
        )
    volumes = pd.DataFrame(columns=list(VOLUMES.columns))
    if (folder / "volumes.csv").exists():
        volumes = read_table(folder / "volumes.csv", tuple(VOLUMES.columns))
    check_volumes(volumes, imported.patients, folder / "volumes.csv")
    write_table(imported.report, folder / REPORT)
    write_cohort(folder, imported.patients, volumes)


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
