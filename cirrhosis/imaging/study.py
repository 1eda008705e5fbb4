"""The files of one patient's study: what a worker is handed, without any table."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class PatientStudy:
    """The files of one patient.

    Attributes:
        patient_id: Of the patient.
        volumes: Place of each sequence, the fixed one included.
        mask: Liver mask of the fixed sequence, if one is named.
    """

    patient_id: str
    volumes: dict[str, Path]
    mask: Path | None
