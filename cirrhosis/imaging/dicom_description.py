"""What the headers of a stack say of it, as other stages exchange it."""

import os
from pathlib import Path

from pydicom.dataset import Dataset

from cirrhosis.contracts.series import FoundSeries
from cirrhosis.imaging import dicom_values as value
from cirrhosis.imaging.dicom_stack import Stack


def describe_stack(stack: Stack, part: int, n_parts: int) -> FoundSeries:
    """Return the description of a volume by the header of its first slice.

    Args:
        stack: The volume.
        part: Its place among those of its series.
        n_parts: How many they are.
    """
    first = stack.slices[0]
    tags = first.header.tags
    uid = first.header.series_uid
    folder = Path(os.path.commonpath([one.file.parent for one in stack.slices]))
    times = [_acquired(one.header.tags) for one in stack.slices]
    return FoundSeries(
        folder=folder,
        files=tuple(one.file.relative_to(folder).as_posix() for one in stack.slices),
        key=uid if n_parts == 1 else f"{uid}/{part}",
        patient_id=value.text(tags, "PatientID"),
        study_uid=value.text(tags, "StudyInstanceUID"),
        study_description=value.text(tags, "StudyDescription"),
        study_date=value.date(tags, "StudyDate"),
        series_uid=uid,
        series_number=value.whole(tags, "SeriesNumber"),
        part=part,
        n_parts=n_parts,
        description=value.text(tags, "SeriesDescription"),
        protocol=value.text(tags, "ProtocolName"),
        manufacturer=value.text(tags, "Manufacturer"),
        model=value.text(tags, "ManufacturerModelName"),
        field_strength_t=value.number(tags, "MagneticFieldStrength"),
        image_type=value.words(tags, "ImageType"),
        scanning_sequence=value.words(tags, "ScanningSequence"),
        sequence_variant=value.words(tags, "SequenceVariant"),
        scan_options=value.words(tags, "ScanOptions"),
        repetition_time_ms=value.number(tags, "RepetitionTime"),
        echo_time_ms=value.number(tags, "EchoTime"),
        inversion_time_ms=value.number(tags, "InversionTime"),
        flip_angle_deg=value.number(tags, "FlipAngle"),
        acquisition_s=min((time for time in times if time is not None), default=None),
        contrast_agent=value.text(tags, "ContrastBolusAgent"),
        bolus_s=value.seconds(tags, "ContrastBolusStartTime"),
        rows=first.rows,
        columns=first.columns,
        n_slices=len(stack.slices),
        spacing_mm=stack.spacing_mm,
        orientation=stack.orientation,
        frame_of_reference_uid=value.text(tags, "FrameOfReferenceUID"),
    )


def _acquired(tags: Dataset) -> float | None:
    time = value.seconds(tags, "AcquisitionTime")
    return value.seconds(tags, "AcquisitionDateTime") if time is None else time
