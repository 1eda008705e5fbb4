"""Data sets of a folder, each with what R wrote about it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

DATA_NAMES = {"vif", "logistic", "table1"}


class FormError(Exception):
    """The folder does not have the form of R's answers."""


@dataclass(frozen=True)
class Case:
    """One data set and R's answers.

    Attributes:
        kind: Folder of its kind.
        name: Name of the data set.
        expected: R's answers, nested.
        source: File of the data.
    """

    kind: str
    name: str
    expected: dict[str, Any]
    source: Path | None

    @cached_property
    def data(self) -> pd.DataFrame:
        """The rows that R read."""
        if self.source is None or not self.source.is_file():
            raise FormError(f"expected the data of {self.kind}/{self.name} at {self.source}")
        # R reads NA and empty cells as missing, but words such as "None" as words.
        return pd.read_csv(self.source, keep_default_na=False, na_values=["NA", ""])


def read_cases(folder: Path) -> list[Case]:
    """Find every data set in a folder of the form of R's answers.

    Raises:
        FormError: If there is none, or an answer has no data.
    """
    cases = [*_read_paired(folder), *_read_tables(folder), *_read_proportions(folder)]
    for kind in sorted(DATA_NAMES):
        cases.extend(_read_named(folder / kind))
    if not cases:
        raise FormError(
            f"expected a folder with paired/<case>/expected.json, or expected.json under tables,"
            f" proportions, vif, logistic or table1; found none of them in {folder}"
        )
    return cases


def _read_paired(folder: Path) -> Iterator[Case]:
    for path in sorted((folder / "paired").glob("*/expected.json")):
        tree = _read_json(path)
        curves = path.with_name("dca.csv")
        if curves.is_file():
            tree["dca.csv"] = _nest_curves(pd.read_csv(curves))
        yield Case("paired", path.parent.name, tree, path.with_name("data.csv"))


def _nest_curves(table: pd.DataFrame) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for row in table.astype(object).where(table.notna(), None).to_dict("records"):
        threshold = f"{row.pop('threshold'):g}"
        nested.setdefault(str(row.pop("model")), {})[threshold] = row
    return nested


def _read_tables(folder: Path) -> Iterator[Case]:
    path = folder / "tables" / "expected.json"
    for name, tree in _read_json(path).items() if path.is_file() else ():
        yield Case("tables", name, tree, path.with_name("cases.csv"))


def _read_proportions(folder: Path) -> Iterator[Case]:
    path = folder / "proportions" / "expected.json"
    if path.is_file():
        rows = {str(number): row for number, row in enumerate(_read_json(path))}
        yield Case("proportions", "rows", rows, None)


def _read_named(folder: Path) -> Iterator[Case]:
    path = folder / "expected.json"
    for name, tree in _read_json(path).items() if path.is_file() else ():
        yield Case(folder.name, name, tree, path.with_name(f"{name}.csv"))


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except json.JSONDecodeError as error:
        raise FormError(f"{path} is not JSON: {error}") from error
