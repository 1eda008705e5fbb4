"""A volume that was found among DICOM files, before its pixels are read, and what it may be."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

# Before contrast, T2-weighted, portal venous: what identification looks for.
T1, T2, PVP = "t1", "t2", "pvp"
SEQUENCES = (T1, T2, PVP)


@dataclass(frozen=True)
class FoundSeries:
    """One volume of a study by its headers; what a header does not say is None or empty.

    Attributes:
        folder: Where its files lie.
        files: Names in `folder`, slices from foot to head.
        key: Names this volume among those in `folder`: the series UID, with a part after `/`
            where one series holds several volumes.
        patient_id: DICOM PatientID.
        study_uid: StudyInstanceUID.
        study_date: YYYY-MM-DD, or empty.
        study_description: StudyDescription; it may say `wo` of a study without contrast.
        series_uid: SeriesInstanceUID.
        series_number: SeriesNumber.
        part: Place among the volumes of its series in time, from 0.
        n_parts: Volumes in its series.
        description: SeriesDescription.
        protocol: ProtocolName.
        manufacturer: Manufacturer.
        model: ManufacturerModelName.
        field_strength_t: MagneticFieldStrength.
        image_type: ImageType in upper case.
        scanning_sequence: Such as `GR`, `SE`; in upper case.
        sequence_variant: SequenceVariant in upper case.
        scan_options: ScanOptions in upper case, such as `FS`.
        repetition_time_ms: RepetitionTime.
        echo_time_ms: EchoTime.
        inversion_time_ms: InversionTime.
        flip_angle_deg: FlipAngle.
        acquisition_s: AcquisitionTime of the first slice, seconds since midnight.
        contrast_agent: ContrastBolusAgent.
        bolus_s: ContrastBolusStartTime, seconds since midnight.
        rows: Rows.
        columns: Columns.
        n_slices: Slices.
        spacing_mm: Along (z, y, x) of the stack.
        orientation: `axial`, `coronal`, `sagittal`; oblique stacks by the nearest of them.
        frame_of_reference_uid: FrameOfReferenceUID.
    """

    folder: Path
    files: tuple[str, ...]
    key: str
    patient_id: str = ""
    study_uid: str = ""
    study_date: str = ""
    study_description: str = ""
    series_uid: str = ""
    series_number: int | None = None
    part: int = 0
    n_parts: int = 1
    description: str = ""
    protocol: str = ""
    manufacturer: str = ""
    model: str = ""
    field_strength_t: float | None = None
    image_type: tuple[str, ...] = ()
    scanning_sequence: tuple[str, ...] = ()
    sequence_variant: tuple[str, ...] = ()
    scan_options: tuple[str, ...] = ()
    repetition_time_ms: float | None = None
    echo_time_ms: float | None = None
    inversion_time_ms: float | None = None
    flip_angle_deg: float | None = None
    acquisition_s: float | None = None
    contrast_agent: str = ""
    bolus_s: float | None = None
    rows: int = 0
    columns: int = 0
    n_slices: int = 0
    spacing_mm: tuple[float, float, float] | None = None
    orientation: str = ""
    frame_of_reference_uid: str = ""


class RefusedSeries(NamedTuple):
    """Files that make no volume, and why.

    Attributes:
        folder: Where they lie.
        series_uid: SeriesInstanceUID, empty if unreadable.
        description: SeriesDescription.
        n_files: How many they are.
        reason: Why they make no volume, with a remedy.
    """

    folder: Path
    series_uid: str
    description: str
    n_files: int
    reason: str


class FoundStudy(NamedTuple):
    """What lies below a folder.

    Attributes:
        series: Volumes, by folder, series number and part.
        refused: Files that make none.
    """

    series: tuple[FoundSeries, ...]
    refused: tuple[RefusedSeries, ...]


class SequenceChoice(NamedTuple):
    """Which volume is a sequence.

    Attributes:
        sequence: `t1` (before contrast), `t2` or `pvp`.
        series: The volume.
        reason: Why, in words for `qc.csv`.
    """

    sequence: str
    series: FoundSeries
    reason: str


class AmbiguousSequence(NamedTuple):
    """A sequence that nothing found settles.

    Attributes:
        sequence: `t1`, `t2` or `pvp`.
        candidates: Volumes that may be it; empty if there is none.
        reason: What is missing to decide.
    """

    sequence: str
    candidates: tuple[FoundSeries, ...]
    reason: str


class IdentifiedStudy(NamedTuple):
    """The sequences of one study, and those that a person must name."""

    choices: tuple[SequenceChoice, ...]
    ambiguous: tuple[AmbiguousSequence, ...]


class SeriesFinder(Protocol):
    """List the volumes below a folder by their headers."""

    def __call__(self, folder: Path) -> FoundStudy:
        """Return what lies below `folder`; damaged files are refused, never raised."""
        ...


class SequenceIdentifier(Protocol):
    """Tell which volumes of one study are t1, t2 and pvp."""

    def __call__(self, series: tuple[FoundSeries, ...]) -> IdentifiedStudy:
        """Return the choices and what is ambiguous; the series belong to one study."""
        ...
