"""Folders and files of a source, as downloads and copies leave them; nothing is written."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from cirrhosis.contracts.errors import ContractError, first

SUFFIXES = (".nii.gz", ".nii")
DATES = (
    (re.compile(r"\d{4}-\d{2}-\d{2}"), "%Y-%m-%d"),
    (re.compile(r"\d{2}-\d{2}-\d{4}"), "%m-%d-%Y"),
    (re.compile(r"\d{8}"), "%Y%m%d"),
)


def require_folder(folder: Path | None, setting: str = "source.folder") -> Path:
    """Return the absolute folder of a source.

    Raises:
        ContractError: If none is named or there is none.
    """
    if folder is None or not folder.is_dir():
        found = "none is named" if folder is None else f"{folder} is none"
        raise ContractError(f"expected the folder to import, but {found}; give it with {setting}=")
    return folder.absolute()


def find_folder(root: Path, name: str) -> Path | None:
    """Return the folder `name` in `root`, the inner one where a download doubled it."""
    outer = root / name
    inner = outer / name
    return inner if inner.is_dir() else outer if outer.is_dir() else None


def list_folders(folder: Path) -> list[Path]:
    """Return the visible folders in a folder, sorted by name."""
    return [path for path in _list_visible(folder) if path.is_dir()]


def list_files(folder: Path) -> list[Path]:
    """Return the visible files in a folder, sorted by name."""
    return [path for path in _list_visible(folder) if path.is_file()]


def list_niftis(folder: Path) -> dict[str, Path]:
    """Return the NIfTI files of a folder by name without suffix; nothing if it is absent."""
    if not folder.is_dir():
        return {}
    named = ((nifti_stem(path), path) for path in list_files(folder))
    return {stem: path for stem, path in named if stem is not None}


def nifti_stem(path: Path) -> str | None:
    """Return the name of a NIfTI file without its suffix, None for another file."""
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix):
            return path.name[: -len(suffix)]
    return None


def walk_folders(root: Path, depth: int) -> Iterator[Path]:
    """Yield the folders below `root`, at most `depth` steps down, outer ones first."""
    for folder in list_folders(root):
        yield folder
        if depth > 1:
            yield from walk_folders(folder, depth - 1)


def read_date(text: str) -> str:
    """Return the date that a folder's name starts with as YYYY-MM-DD, empty if none."""
    for pattern, form in DATES:
        found = pattern.match(text)
        if found is None:
            continue
        try:
            return datetime.strptime(found.group(), form).strftime("%Y-%m-%d")
        except ValueError:
            continue
    return ""


def expect_any(found: object, root: Path, wanted: list[str], layout: str) -> None:
    """Refuse a folder in which nothing of a source's layout lies.

    Args:
        found: What was found; empty if nothing.
        root: Where it was looked for.
        wanted: Names that were looked for.
        layout: The layout in words.

    Raises:
        ContractError: If nothing was found.
    """
    if not found:
        has = first((path.name for path in _list_visible(root)), 8) or "nothing"
        raise ContractError(
            f"{root}: expected {layout} ({', '.join(wanted)}), but it holds {has}; name the"
            " folder above them with source.folder="
        )


def _list_visible(folder: Path) -> list[Path]:
    # Archives made on a Mac hold a second, empty copy of each file under such names.
    hidden = (".", "__MACOSX")
    return sorted(path for path in folder.iterdir() if not path.name.startswith(hidden))
