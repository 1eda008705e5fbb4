"""Studies of tiny DICOM series, and segmentations that refer to them."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SegmentationStorage, generate_uid

from cirrhosis.contracts.volume import Volume
from tests.imaging.made_dicom import write_series

T1 = {"ScanningSequence": "GR", "RepetitionTime": 4.5, "EchoTime": 2.1, "ScanOptions": "FS"}
T2 = {"ScanningSequence": "SE", "RepetitionTime": 1200, "EchoTime": 90}
KINDS = {
    "t1": T1 | {"SeriesDescription": "t1 vibe fs tra pre", "AcquisitionTime": "100000"},
    "art": T1 | {"SeriesDescription": "t1 vibe fs tra arterial", "AcquisitionTime": "100300"},
    "pvp": T1 | {"SeriesDescription": "t1 vibe fs tra portal venous", "AcquisitionTime": "100345"},
    "t2": T2 | {"SeriesDescription": "t2 haste fs tra", "AcquisitionTime": "095000"},
    "localizer": T1 | {"SeriesDescription": "localizer", "AcquisitionTime": "094000"},
}


def make_volume(n_slices):
    values = np.random.default_rng(3).integers(1, 100, (n_slices, 8, 8))
    return Volume(values, (6.0, 2.0, 2.0), (0.0, 0.0, 0.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))


def write_study(
    place, patient, *, date="20200102", kinds=("t1", "pvp", "t2"), tags=None, n_slices=3
):
    """Write one study below `place(kind)`; return the UID of each series."""
    shared = {
        "PatientID": patient,
        "StudyDate": date,
        "StudyInstanceUID": generate_uid(),
        "FrameOfReferenceUID": generate_uid(),
        "MagneticFieldStrength": 1.5,
    }
    uids = {}
    for number, kind in enumerate(kinds, 2):
        uids[kind] = generate_uid()
        own = {"SeriesInstanceUID": uids[kind], "SeriesNumber": number}
        write_series(
            place(kind), make_volume(n_slices), tags=shared | KINDS[kind] | own | (tags or {})
        )
    return uids


def write_segmentation(path: Path, series_uid: str, *, description="AIMI liver AI segmentation",
                       segments=("Liver",)):  # fmt: skip
    """Write the header of a DICOM SEG; its pixels are of no interest here."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = SegmentationStorage
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = SegmentationStorage, generate_uid()
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.Modality, dataset.SeriesDescription = "SEG", description
    dataset.PatientID, dataset.StudyInstanceUID = "any", generate_uid()
    dataset.SeriesInstanceUID = generate_uid()
    if series_uid:
        reference = Dataset()
        reference.SeriesInstanceUID = series_uid
        dataset.ReferencedSeriesSequence = [reference]
    dataset.SegmentSequence = []
    for number, label in enumerate(segments, 1):
        segment = Dataset()
        segment.SegmentNumber, segment.SegmentLabel = number, label
        dataset.SegmentSequence.append(segment)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path
