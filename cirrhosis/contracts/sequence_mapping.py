"""The file in which a person names the sequences that headers could not settle."""

from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_table, write_table
from cirrhosis.contracts.series import SEQUENCES

FILE = "series_mapping.csv"
# Says that a volume is none of the sequences.
NONE = "-"
WORDS = (*SEQUENCES, NONE)


class MappingRow(NamedTuple):
    """One volume that a person is asked about.

    Attributes:
        patient_id: Of the patient.
        study_date: YYYY-MM-DD, or empty if the study has none.
        folder: Where the volume's files lie, as `volumes.csv` would name it.
        series: Key of the volume in `folder` (`FoundSeries.key`).
        description: SeriesDescription.
        details: Numbers that help a person decide, in words.
        reason: Why it was not decided.
        sequence: `t1`, `t2` or `pvp`; `-` for none of them; empty while nobody has decided.
    """

    patient_id: str
    study_date: str
    folder: str
    series: str
    description: str
    details: str
    reason: str
    sequence: str = ""


COLUMNS = MappingRow._fields


def write_mapping(rows: Iterable[MappingRow], path: Path) -> None:
    """Write the file to fill in, by patient and study; rows of one study keep their order.

    Raises:
        ContractError: If a row breaks the contract; nothing is written then.
    """
    ordered = sorted(rows, key=lambda row: (row.patient_id, row.study_date))
    _check(ordered, path)
    write_table(pd.DataFrame(ordered, columns=list(COLUMNS)), path)


def read_mapping(path: Path) -> tuple[MappingRow, ...]:
    """Return what a person has filled in so far.

    Case and blanks around a word do not count, because spreadsheets change them.

    Raises:
        ContractError: If a column is missing, a volume stands in two rows, a word is unknown,
            or a study has two volumes for one sequence.
    """
    table = read_table(path, COLUMNS)
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise ContractError(
            f"{path}: expected the columns {', '.join(COLUMNS)}, but {first(missing)} is not among"
            " them. Restore the header, or remove the file and import again to get a new one."
        )
    cells = table.loc[:, list(COLUMNS)].fillna("").astype(str)
    rows = [MappingRow(*(text.strip() for text in values)) for values in cells.to_numpy()]
    filled = tuple(row._replace(sequence=row.sequence.lower()) for row in rows)
    _check(filled, path)
    return filled


def check_known(rows: Iterable[MappingRow], known: Collection[tuple[str, str]], path: Path) -> None:
    """Refuse answers about volumes that are not there any more.

    Args:
        rows: As read from `path`.
        known: Folder and series key of every volume that was found.
        path: Of the mapping file, for the error text.

    Raises:
        ContractError: If a filled row names a volume that is not among the known ones.
    """
    strangers = [row for row in rows if row.sequence and (row.folder, row.series) not in known]
    if strangers:
        raise ContractError(
            f"{path}: expected every filled row to name a volume of the import, but"
            f" {len(strangers)} do not: {first(map(_name, strangers))}. Were files moved? Correct"
            " folder and series, or remove these rows."
        )


def _check(rows: Iterable[MappingRow], path: Path) -> None:
    rows = list(rows)
    _check_words(rows, path)
    _check_rows_once(rows, path)
    _check_sequences_once(rows, path)


def _check_words(rows: list[MappingRow], path: Path) -> None:
    wrong = [row for row in rows if row.sequence and row.sequence not in WORDS]
    if wrong:
        examples = (f"{row.sequence} ({_name(row)})" for row in wrong)
        raise ContractError(
            f"{path}: expected column 'sequence' to hold {', '.join(WORDS)} or nothing, but"
            f" {len(wrong)} rows do not: {first(examples)}. Write one of these words."
        )


def _check_rows_once(rows: list[MappingRow], path: Path) -> None:
    counts = Counter((row.patient_id, row.folder, row.series) for row in rows)
    repeated = [" ".join(key) for key, count in counts.items() if count > 1]
    if repeated:
        raise ContractError(
            f"{path}: expected one row per volume, but {len(repeated)} volumes have several:"
            f" {first(repeated)}. Keep one row each."
        )


def _check_sequences_once(rows: list[MappingRow], path: Path) -> None:
    named = [row for row in rows if row.sequence in SEQUENCES]
    counts = Counter((row.patient_id, row.study_date, row.sequence) for row in named)
    repeated = [" ".join(filter(None, key)) for key, count in counts.items() if count > 1]
    if repeated:
        raise ContractError(
            f"{path}: expected one volume per sequence of a study, but {len(repeated)} sequences"
            f" have several: {first(repeated)}. Keep one and write {NONE} into the other rows."
        )


def _name(row: MappingRow) -> str:
    return f"{row.patient_id} {row.description or row.series}"
