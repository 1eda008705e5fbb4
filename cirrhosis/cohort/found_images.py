"""What an importer found below a folder: volumes, patients, and what it left out and why."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from cirrhosis.cohort.nifti_headers import Grid, read_grid
from cirrhosis.contracts.errors import ContractError, describe
from cirrhosis.contracts.sequence_mapping import MappingRow

PATIENT, STUDY, VOLUME, SERIES, MASK = "patient", "study", "volume", "series", "mask"


class FoundVolume(NamedTuple):
    """One row of `volumes.csv`.

    Attributes:
        patient_id: Of the patient.
        study_date: YYYY-MM-DD, or empty.
        sequence: Such as `t1`.
        path: NIfTI file or folder with DICOM files.
        mask: Liver mask on the grid of the volume, if there is one.
        series: Key of the volume in a DICOM folder, empty for a file.
        description: SeriesDescription.
        reason: Why it is this sequence.
    """

    patient_id: str
    study_date: str
    sequence: str
    path: Path
    mask: Path | None = None
    series: str = ""
    description: str = ""
    reason: str = ""


class LeftOut(NamedTuple):
    """Something that was found and is not used.

    Attributes:
        kind: `patient`, `study`, `volume`, `series` or `mask`.
        place: Where it lies, or who it is.
        reason: Why, in words that are the same for everything left out for this reason.
        detail: What is special about this one.
    """

    kind: str
    place: str
    reason: str
    detail: str = ""


@dataclass
class FoundImages:
    """Everything that lies below a folder; an importer fills it as it goes.

    Attributes:
        folder: Where the importer looked.
        patients: Columns of `patients.csv` that files and folders tell, by patient.
        volumes: Rows of `volumes.csv` by patient, date and sequence.
        left_out: What is not used.
        unnamed: Volumes that a person is asked about; folders are absolute.
        known: Folder and key of every DICOM volume, as a person may name it.
        notes: What a person must know before the cohort is used.
    """

    folder: Path
    patients: dict[str, dict[str, object]] = field(default_factory=dict)
    volumes: dict[tuple[str, str, str], FoundVolume] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    unnamed: list[MappingRow] = field(default_factory=list)
    known: set[tuple[str, str]] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)

    def add_patient(self, patient_id: str, **columns: object) -> None:
        """Add a patient, or columns to one who is there."""
        self.patients.setdefault(patient_id, {}).update(columns)

    def leave_out(self, kind: str, place: Path | str, reason: str, detail: str = "") -> None:
        """Account for something that is not used."""
        if isinstance(place, Path):
            place = self.locate(place)
        self.left_out.append(LeftOut(kind, place, reason, " ".join(detail.split())))

    def add_volume(self, volume: FoundVolume) -> bool:
        """Add a volume unless its patient, study and sequence stand already; say whether it did."""
        key = (volume.patient_id, volume.study_date, volume.sequence)
        if key in self.volumes:
            self.leave_out(
                VOLUME, volume.path, "another volume of this patient, study and sequence stands"
            )
            return False
        self.volumes[key] = volume
        return True

    def add_nifti(self, volume: FoundVolume) -> bool:
        """Add a NIfTI volume whose header can be read, with its mask if that fits."""
        try:
            grid = read_grid(volume.path)
        except ContractError as error:
            self.leave_out(VOLUME, volume.path, "the header cannot be read", str(error))
            return False
        return self.add_volume(volume._replace(mask=self._check_mask(volume.mask, grid)))

    @contextmanager
    def only_patient(self, patient_id: str) -> Iterator[None]:
        """Leave out this patient, and nobody else, if anything goes wrong inside the block.

        A cohort must not stop at an unforeseen error of one patient; the error is written down
        with its type, never passed over.
        """
        try:
            yield
        except Exception as error:
            self.patients.pop(patient_id, None)
            self.volumes = {key: one for key, one in self.volumes.items() if key[0] != patient_id}
            self.unnamed = [row for row in self.unnamed if row.patient_id != patient_id]
            self.leave_out(PATIENT, patient_id, "reading the patient failed", describe(error))

    def locate(self, path: Path) -> str:
        """Return a path as seen from the folder, or whole if it lies elsewhere."""
        inside = path.is_relative_to(self.folder)
        return (path.relative_to(self.folder) if inside else path).as_posix()

    def make_patients(self) -> pd.DataFrame:
        """Return the patients as a table, one row each, sorted."""
        rows = [{"patient_id": name} | self.patients[name] for name in sorted(self.patients)]
        return pd.DataFrame(rows) if rows else pd.DataFrame({"patient_id": []}, dtype="string")

    def _check_mask(self, mask: Path | None, grid: Grid) -> Path | None:
        if mask is None or not mask.is_file():
            return None
        try:
            same = read_grid(mask).lies_as(grid)
        except ContractError as error:
            self.leave_out(MASK, mask, "the header cannot be read", str(error))
            return None
        if not same:
            self.leave_out(MASK, mask, "the mask lies on another grid than its volume")
            return None
        return mask


def first_of(paths: Iterable[Path]) -> Path | None:
    """Return the first path that exists."""
    return next((path for path in paths if path.exists()), None)
