"""The files of one patient's study: what a worker is handed, without any table."""

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class VolumeFile:
    """Where a volume lies and why it is the one.

    Attributes:
        path: NIfTI file or DICOM folder.
        series: Key of one volume of a folder, empty for the only one.
        description: SeriesDescription, if an importer wrote it down.
        reason: Why it is this sequence, likewise.
    """

    path: Path
    series: str = ""
    description: str = ""
    reason: str = ""


@dataclass(frozen=True)
class PatientStudy:
    """The files of one patient.

    Attributes:
        patient_id: Of the patient.
        volumes: Volume of each sequence, the fixed one included.
        masks: Liver mask of each sequence that has one, each on its volume's grid.
    """

    patient_id: str
    volumes: dict[str, VolumeFile]
    masks: dict[str, Path] = field(default_factory=dict)
