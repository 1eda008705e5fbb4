"""What an import reads and writes in a cohort folder, and what it never overwrites."""

from pathlib import Path

import pandas as pd

from cirrhosis.cohort.found_images import FoundImages
from cirrhosis.cohort.image_tables import FOUND, name_path
from cirrhosis.cohort.table_import import ImportedTable
from cirrhosis.contracts.cohort import VOLUMES, check_patients, check_volumes, write_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import read_table, write_table
from cirrhosis.contracts.sequence_mapping import (
    FILE,
    MappingRow,
    check_known,
    read_mapping,
    write_mapping,
)

REPORT = "import_report.csv"


def write_import(imported: ImportedTable, folder: Path) -> None:
    """Write the patients of a table; a `volumes.csv` that stands there is kept, with its account.

    Raises:
        ContractError: If a `patients.csv` stands there that no import wrote, or the volumes
            belong to other patients; nothing is written then.
    """
    _check_patients_file(folder)
    volumes = _read_volumes(folder)
    check_volumes(volumes, imported.patients, folder / "volumes.csv")
    kept = _read_image_lines(folder)
    write_table(pd.concat([imported.report, kept], ignore_index=True), folder / REPORT)
    write_cohort(folder, imported.patients, volumes)


def check_place(folder: Path, root: Path) -> None:
    """Refuse to begin where the source or files of a person would be overwritten.

    Args:
        folder: Of the cohort.
        root: Of the source; both absolute.

    Raises:
        ContractError: If the cohort folder is the source or lies in it, or holds tables that
            no import wrote.
    """
    if folder.resolve().is_relative_to(root.resolve()):
        raise ContractError(
            f"expected a cohort folder outside the source, because nothing is written into that,"
            f" but {folder} lies in {root}; choose another `cohort`"
        )
    _check_patients_file(folder)
    if len(_read_volumes(folder)) and _read_image_lines(folder).empty:
        raise ContractError(
            f"{folder} holds a volumes.csv that no import wrote, and it is not overwritten; choose"
            " another `cohort`, or move the file"
        )


def read_questions(folder: Path) -> list[MappingRow]:
    """Return the mapping file of a cohort with absolute folders; nothing if there is none.

    Raises:
        ContractError: If the file breaks its contract.
    """
    path = folder / FILE
    if not path.is_file():
        return []
    rows = read_mapping(path)
    return [row._replace(folder=(folder / row.folder).as_posix()) for row in rows]


def write_images(
    folder: Path,
    patients: pd.DataFrame,
    volumes: pd.DataFrame,
    *,
    report: pd.DataFrame,
    images: FoundImages,
    questions: list[MappingRow],
) -> int:
    """Write a cohort with images, and the questions that are open; return how many are.

    Args:
        folder: Of the cohort.
        patients: Rows of `patients.csv`.
        volumes: Rows of `volumes.csv`.
        report: Rows of `import_report.csv`.
        images: Holds the questions and every DICOM volume.
        questions: What stood in the mapping file; answered rows stay there.

    Raises:
        ContractError: If a table breaks its contract or an answer names a volume that was not
            found; nothing is written then.
    """
    answered = [row for row in questions if row.sequence]
    check_known(answered, images.known, folder / FILE)
    patients = check_patients(patients, folder / "patients.csv")
    check_volumes(volumes, patients, folder / "volumes.csv")
    rows = [*answered, *images.unnamed]
    if rows or questions:
        named = [row._replace(folder=name_path(Path(row.folder), folder)) for row in rows]
        write_mapping(named, folder / FILE)
    write_table(report, folder / REPORT)
    write_cohort(folder, patients, volumes)
    return len(images.unnamed)


def _check_patients_file(folder: Path) -> None:
    if (folder / "patients.csv").exists() and not (folder / REPORT).exists():
        raise ContractError(
            f"{folder} holds a patients.csv that no import wrote, and it is not overwritten;"
            " choose another `cohort`, or move the file"
        )


def _read_volumes(folder: Path) -> pd.DataFrame:
    path = folder / "volumes.csv"
    if not path.exists():
        return pd.DataFrame(columns=list(VOLUMES.columns))
    return read_table(path, tuple(VOLUMES.columns))


def _read_image_lines(folder: Path) -> pd.DataFrame:
    """Return what the report of a cohort says of images, no line if no import wrote them."""
    path = folder / REPORT
    if not path.exists():
        return pd.DataFrame()
    report = read_table(path, ("column", "source", "outcome", "rule", "examples"))
    return report[report["column"].isin(list(FOUND.values()))]
