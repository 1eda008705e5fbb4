"""Reads a table as it came: every cell is text, and nothing is interpreted."""

import csv
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from cirrhosis.cohort.table_import_settings import TableFormat
from cirrhosis.contracts.errors import ContractError, first


def read_source_table(path: Path, table_format: TableFormat) -> pd.DataFrame:
    """Read a delimited text table; cells and names lose blanks at both ends.

    A name that stands twice gets its number (`ALT`, `ALT (2)`), an empty one its place
    (`column 1`).

    Args:
        path: The file.
        table_format: How it is written.

    Raises:
        ContractError: If the file is absent, cannot be decoded, has no names or no data, or
            a row is longer or shorter than the names.
    """
    rows = _read_rows(path, table_format)
    below = [
        (number, row) for number, row in enumerate(rows, 1) if number >= table_format.first_row
    ]
    if len(rows) < table_format.header_row or not below:
        raise ContractError(
            f"{path}: expected names in row {table_format.header_row} and data from row"
            f" {table_format.first_row} on, but the table has {len(rows)} rows; correct"
            " `source.format.header_row` and `source.format.first_row`"
        )
    names = _name_columns(rows[table_format.header_row - 1])
    uneven = [f"row {number} has {len(row)}" for number, row in below if len(row) != len(names)]
    if uneven:
        raise ContractError(
            f"{path}: expected {len(names)} cells in each row, as in the names, but"
            f" {len(uneven)} rows differ: {first(uneven)}. Correct `source.format.delimiter`,"
            " `quote` or the rows."
        )
    return pd.DataFrame([row for _, row in below], columns=pd.Index(names), dtype="string")


def read_numbers(texts: pd.Series, table_format: TableFormat) -> pd.Series:
    """Return finite numbers, NaN for text that is none."""
    if table_format.thousands is not None:
        texts = texts.str.replace(table_format.thousands, "", regex=False)
    if table_format.decimal != ".":
        # A point is no decimal there: 1.5 must not be read as one and a half.
        texts = texts.str.replace(".", "?", regex=False)
        texts = texts.str.replace(table_format.decimal, ".", regex=False)
    numbers = pd.to_numeric(texts, errors="coerce").astype("Float64").astype(float)
    return numbers.where(np.isfinite(numbers))


def is_among(texts: pd.Series, words: Iterable[str]) -> pd.Series:
    """Return which texts are one of the words, capitals and blanks at the ends ignored."""
    return texts.str.casefold().isin([word.strip().casefold() for word in words])


def _read_rows(path: Path, table_format: TableFormat) -> list[list[str]]:
    if not path.is_file():
        raise ContractError(f"expected a table at {path}, but there is none; give `source.file`")
    try:
        with path.open(encoding=table_format.encoding, newline="") as stream:
            lines = (
                line
                for line in stream
                if table_format.comment is None or not line.startswith(table_format.comment)
            )
            reader = csv.reader(
                lines,
                delimiter=table_format.delimiter,
                quotechar=table_format.quote or '"',
                quoting=csv.QUOTE_NONE if table_format.quote is None else csv.QUOTE_MINIMAL,
            )
            rows = [[cell.strip() for cell in row] for row in reader]
    except (UnicodeDecodeError, LookupError) as error:
        raise ContractError(
            f"{path}: expected text in {table_format.encoding}, but {error}; correct"
            " `source.format.encoding`, such as latin-1 or gb18030"
        ) from error
    except (csv.Error, TypeError) as error:
        raise ContractError(
            f"{path}: expected a delimited table, but {error}; correct `source.format`"
        ) from error
    return [row for row in rows if any(row)]


def _name_columns(header: list[str]) -> list[str]:
    seen: Counter[str] = Counter()
    names = []
    for place, cell in enumerate(header, 1):
        name = cell or f"column {place}"
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names
