"""Turns a clinical table into the patients of a cohort, by settings and nothing else."""

from typing import NamedTuple

import pandas as pd

from cirrhosis.cohort.column_checks import check_column
from cirrhosis.cohort.column_import import SET_TO_MISSING, ImportedColumn, import_column
from cirrhosis.cohort.source_table import is_among
from cirrhosis.cohort.table_import_settings import Identifier, SourceSettings
from cirrhosis.contracts.cohort import check_patients
from cirrhosis.contracts.errors import ContractError, first

# What stands in `column` where a line of the report is about rows.
ROWS = "(rows)"
TAKEN, LEFT_OUT, NOT_IMPORTED = "taken", "left_out", "not_imported"
N_EXAMPLES = 3


class ReportLine(NamedTuple):
    """What became of some cells of a column, or of some rows.

    Attributes:
        column: Column of `patients.csv`, `(rows)`, or nothing for a source column that no
            column comes from.
        source: Column of the source.
        outcome: `read`, `converted`, `constant`, `missing`, `set_to_missing`; of rows `taken`
            or `left_out`; of a source column `not_imported`.
        rule: What led there.
        n: Cells or rows; those of a column add up to its `n_rows`.
        n_rows: Rows that were looked at.
        examples: Up to three source cells, of those that were set to missing.
    """

    column: str
    source: str
    outcome: str
    rule: str
    n: int
    n_rows: int
    examples: str = ""


class ImportedTable(NamedTuple):
    """Patients and the account of every cell.

    Attributes:
        patients: Rows of `patients.csv`.
        report: One row per `ReportLine`.
    """

    patients: pd.DataFrame
    report: pd.DataFrame


def import_table(cells: pd.DataFrame, source: SourceSettings) -> ImportedTable:
    """Return the patients that a table holds and what became of each of its cells.

    Args:
        cells: The table as text, from `read_source_table`.
        source: What comes from where, in which unit.

    Raises:
        ContractError: If a named source column is absent, a unit or kind is unknown or not
            stated, an identifier is missing or stands twice, no row is left, or
            `implausible` is `fail` and a value is.
    """
    _check_names(cells, source)
    for target, settings in source.columns.items():
        check_column(target, settings)
    chosen, lines = _choose_rows(cells.assign(**{"": _identify(cells, source.identifier)}), source)
    identifiers, chosen = chosen[""], chosen.drop(columns="")
    columns = {target: import_column(target, chosen, source) for target in source.columns}
    patients = pd.DataFrame(
        {"patient_id": identifiers} | {target: column.values for target, column in columns.items()}
    )
    for target, column in columns.items():
        lines += _count_outcomes(target, source.columns[target].column or "", column)
    lines += _list_rest(cells, source)
    return ImportedTable(check_patients(patients), pd.DataFrame(lines))


def _check_names(cells: pd.DataFrame, source: SourceSettings) -> None:
    absent = [name for name in source.source_columns if name not in cells]
    if absent:
        raise ContractError(
            f"expected the source columns that the settings name, but {len(absent)} are absent:"
            f" {first(absent, 10)}. The table has {first(cells.columns, 80)}; correct"
            " `source.columns` or `source.format`"
        )


def _identify(cells: pd.DataFrame, identifier: Identifier) -> pd.Series:
    if identifier.column is None:
        width = len(str(len(cells)))
        names = [f"{identifier.prefix}{row:0{width}}" for row in range(1, len(cells) + 1)]
        return pd.Series(names, index=cells.index, dtype="string")
    absent = [str(row) for row in cells.index[cells[identifier.column] == ""] + 1]
    if absent:
        raise ContractError(
            f"expected an identifier in every row of '{identifier.column}', but {len(absent)} rows"
            f" have none: data row {first(absent)}. Fill it in, or set `source.identifier.column`"
            " to null to number the rows."
        )
    return identifier.prefix + cells[identifier.column].str.zfill(identifier.width)


def _choose_rows(
    cells: pd.DataFrame, source: SourceSettings
) -> tuple[pd.DataFrame, list[ReportLine]]:
    n_rows, lines = len(cells), []
    for rule in source.rows:
        out = is_among(cells[rule.column], rule.leave_out)
        if rule.keep:
            out |= ~is_among(cells[rule.column], rule.keep)
        for word, count in cells.loc[out, rule.column].value_counts(sort=False).items():
            lines.append(ReportLine(ROWS, rule.column, LEFT_OUT, f"is '{word}'", count, n_rows))
        cells = cells[~out]
    if cells.empty:
        raise ContractError(
            f"expected rows to import, but the filters leave none of {n_rows}; correct"
            " `source.rows`"
        )
    lines.append(ReportLine(ROWS, "", TAKEN, "", len(cells), n_rows))
    return cells.reset_index(drop=True), lines


def _count_outcomes(target: str, name: str, column: ImportedColumn) -> list[ReportLine]:
    lines = []
    groups = column.source.groupby([column.outcome, column.rule], sort=False)
    for (outcome, rule), cells in sorted(groups, key=lambda group: -len(group[1])):
        examples = cells.drop_duplicates().head(N_EXAMPLES) if outcome == SET_TO_MISSING else ()
        counts = (len(cells), len(column.source))
        lines.append(
            ReportLine(target, name, str(outcome), str(rule), *counts, ", ".join(examples))
        )
    return lines


def _list_rest(cells: pd.DataFrame, source: SourceSettings) -> list[ReportLine]:
    filled = (cells.drop(columns=source.source_columns) != "").sum()
    return [
        ReportLine("", str(name), NOT_IMPORTED, "filled cells", int(count), len(cells))
        for name, count in filled.items()
    ]
