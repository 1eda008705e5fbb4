"""Files that are whole or absent, and fingerprints of what they hold."""

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cirrhosis.contracts.errors import ContractError

# Who asks for the state of runs reads no table and does not wait for pandas.
if TYPE_CHECKING:
    import pandas as pd

# Begins the name of a file that is being written.
PARTIAL = ".partial-"


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it when the block ends well.

    A reader therefore sees the old file, the new file or none, never a part. The
    temporary name keeps the suffix, because writers choose the format by it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{PARTIAL}{secrets.token_hex(4)}-{path.name}")
    try:
        yield partial
        with partial.open("rb") as stream:
            os.fsync(stream.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(text: str, path: Path) -> None:
    """Write `text` to `path`, whole or not at all."""
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_json(content: Any, path: Path) -> None:
    """Write `content` as indented JSON with sorted keys, whole or not at all."""
    write_text(json.dumps(content, indent=2, sort_keys=True, allow_nan=False) + "\n", path)


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        ContractError: If the file is absent or is not JSON.
    """
    if not path.is_file():
        raise ContractError(f"expected a JSON file at {path}, but there is none")
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ContractError(
            f"expected JSON in {path}, but it breaks at line {error.lineno}: {error.msg}."
            " Remove the file and run the stage that writes it again."
        ) from error


def write_table(table: "pd.DataFrame", path: Path) -> None:
    """Write a table as CSV with one line ending on every system, whole or not at all."""
    write_text(table.to_csv(index=False, lineterminator="\n"), path)


def read_table(path: Path, text_columns: tuple[str, ...] = ("patient_id",)) -> "pd.DataFrame":
    """Read a CSV; only an empty cell is missing, and `text_columns` stay text.

    Raises:
        ContractError: If the file is absent or empty.
    """
    if not path.is_file():
        raise ContractError(f"expected a table at {path}, but there is none")
    import pandas as pd

    try:
        return pd.read_csv(
            path,
            dtype=dict.fromkeys(text_columns, "string"),
            keep_default_na=False,
            na_values=[""],
            encoding="utf-8-sig",
        )
    except (pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise ContractError(f"expected a CSV table with a header in {path}: {error}") from error


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def hash_content(content: Any) -> str:
    """Return the SHA-256 of plain values (dict, list, str, number, None) in hexadecimal."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
