"""What was found as tables: `volumes.csv`, the account in `import_report.csv`, the patients."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cirrhosis.cohort.found_images import PATIENT, VOLUME, FoundImages
from cirrhosis.cohort.table_import import LEFT_OUT, TAKEN, ReportLine

# What stands in `column` of the report where a line is about something that was found.
FOUND = {
    kind: f"({kinds})"
    for kind, kinds in (
        (PATIENT, "patients"),
        ("study", "studies"),
        (VOLUME, "volumes"),
        ("series", "series"),
        ("mask", "masks"),
    )
}
COLUMNS = (
    "patient_id",
    "study_date",
    "sequence",
    "path",
    "liver_mask_path",
    "series",
    "series_description",
    "series_reason",
)


class JoinedPatients(NamedTuple):
    """Patients of images and of a table.

    Attributes:
        patients: Rows of `patients.csv`.
        only_images: Who stands in no row of the table.
        only_table: Who has no images; left out if they are not to be kept.
    """

    patients: pd.DataFrame
    only_images: list[str]
    only_table: list[str]


def make_volumes(images: FoundImages, cohort: Path) -> pd.DataFrame:
    """Return the rows of `volumes.csv`, by patient, date and sequence.

    Args:
        images: What was found.
        cohort: Folder of the cohort; what lies below it is named from there.
    """
    rows = [
        (
            one.patient_id,
            one.study_date or None,
            one.sequence,
            name_path(one.path, cohort),
            None if one.mask is None else name_path(one.mask, cohort),
            one.series or None,
            one.description or None,
            one.reason,
        )
        for _, one in sorted(images.volumes.items())
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="string")


def name_path(path: Path, cohort: Path) -> str:
    """Return a path as `volumes.csv` names it: relative below the cohort, else absolute."""
    inside = path.is_relative_to(cohort)
    return (path.relative_to(cohort) if inside else path.absolute()).as_posix()


def report_images(images: FoundImages) -> pd.DataFrame:
    """Return one line of `import_report.csv` for everything that was found."""
    lines = [
        (VOLUME, images.locate(one.path), TAKEN, f"{one.sequence} of {one.patient_id}", one.series)
        for _, one in sorted(images.volumes.items())
    ]
    lines += [(one.kind, one.place, LEFT_OUT, one.reason, one.detail) for one in images.left_out]
    lines += [
        ("series", row.folder, LEFT_OUT, "a person must name its sequence", row.series)
        for row in images.unnamed
    ]
    totals = pd.Series([line[0] for line in lines], dtype="string").value_counts()
    report = [
        ReportLine(FOUND[kind], place, outcome, rule, 1, int(totals[kind]), told)
        for kind, place, outcome, rule, told in lines
    ]
    return pd.DataFrame(report, columns=list(ReportLine._fields))


def merge_tables(tables: Sequence[pd.DataFrame]) -> pd.DataFrame | None:
    """Return the patients of several tables, one row each; None without a table.

    What an earlier table says of a patient counts.
    """
    if not tables:
        return None
    names = list(dict.fromkeys(name for table in tables for name in table))
    merged, *others = [table.set_index("patient_id").astype("object") for table in tables]
    for other in others:
        merged = merged.combine_first(other)
    return merged.rename_axis("patient_id").reset_index()[names]


def join_patients(
    images: FoundImages, table: pd.DataFrame | None, *, keep_without_images: bool
) -> JoinedPatients:
    """Return everybody; where both tell a column, the table's value counts.

    Args:
        images: What was found.
        table: Patients of a clinical table; None if there is none.
        keep_without_images: Whether who stands in the table alone stays, to be counted by
            the patient flow.
    """
    found = images.make_patients()
    if table is None:
        return JoinedPatients(found, [], [])
    seen, told = set(found["patient_id"]), set(table["patient_id"])
    names = [*table.columns, *(name for name in found.columns if name not in table)]
    by_patient = table.set_index("patient_id").astype("object")
    both = by_patient.combine_first(found.set_index("patient_id").astype("object"))
    if not keep_without_images:
        both = both[both.index.isin(seen)]
    patients = both.rename_axis("patient_id").reset_index()[names]
    return JoinedPatients(patients, sorted(seen - told), sorted(told - seen))
