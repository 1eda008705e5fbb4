"""DICOM series made in a folder: classic MR images, one file per slice, names without order."""

from collections.abc import Callable, Sequence
from pathlib import Path

import highdicom as hd
import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.pixels import pack_bits
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from cirrhosis.contracts.volume import Array, Volume

Edit = Callable[[Dataset, int, int], None]


def write_series(
    folder: Path,
    phases: Volume | Sequence[Volume],
    *,
    tags: dict[str, object] | None = None,
    edit: Edit | None = None,
    temporal_ids: bool = False,
    interleaved: bool = False,
    left_out: Sequence[tuple[int, int]] = (),
    names: str = "shuffled",
) -> list[Path]:
    """Write volumes of one grid as one series, 16-bit; return its files, phase by phase.

    Two calls with the same `PatientID` and `StudyInstanceUID` in `tags` make two series of
    one study. Without `tags` a call is a T1 GRE series of the patient `P1` on 2020-01-02;
    phase k is acquired 20 s after phase k - 1.

    Args:
        folder: Made if absent; other files in it stay.
        phases: One volume, or several on one grid that share the series UID.
        tags: Values by keyword for every slice, such as `SeriesDescription`; None removes one.
        edit: Called with the dataset, phase and slice (foot to head) before it is written;
            may change anything.
        temporal_ids: Whether phases carry TemporalPositionIdentifier; without it they carry
            nothing that tells them apart but InstanceNumber.
        interleaved: Whether InstanceNumber runs through the phases of a position before the
            next position, not through the positions of a phase.
        left_out: Pairs (phase, slice) that are not written.
        names: `shuffled`, `sorted` (by InstanceNumber) or `reversed`.
    """
    volumes = [phases] if isinstance(phases, Volume) else list(phases)
    folder.mkdir(parents=True, exist_ok=True)
    shared = _shared(volumes[0]) | (tags or {})
    n_slices = len(volumes[0].array)
    order = np.random.default_rng(0).permutation(len(volumes) * n_slices)
    files = []
    for phase, volume in enumerate(volumes):
        for index in range(n_slices):
            if (phase, index) in left_out:
                continue
            number = index * len(volumes) + phase if interleaved else phase * n_slices + index
            dataset = _slice(volume, index, shared)
            dataset.InstanceNumber = number + 1
            if temporal_ids:
                dataset.TemporalPositionIdentifier = phase + 1
                dataset.AcquisitionTime = f"10{phase // 3:02}{phase % 3 * 20:02}.000000"
            if edit:
                edit(dataset, phase, index)
            place = {"sorted": number, "reversed": len(order) - number}.get(names, order[number])
            files.append(folder / f"{dataset.SeriesInstanceUID[-6:]}_{place:04}.dcm")
            dataset.save_as(files[-1], enforce_file_format=True)
    return files


def write_segmentation(path: Path, files: Sequence[Path], masks: dict[str, Array]) -> Path:
    """Write masks (z, y, x) of the series in `files` as a DICOM SEG with shuffled frames.

    Args:
        path: Of the SEG.
        files: Of the series, in any order.
        masks: By the name of the segment; empty slices are left out, as usual.
    """
    sources = [dcmread(file) for file in files]
    volume = hd.get_volume_from_series(sources)
    # highdicom goes from head to foot.
    labels = sum(number * (mask[::-1] > 0) for number, mask in enumerate(masks.values(), 1))
    algorithm = hd.seg.SegmentAlgorithmTypeValues.MANUAL
    stored = hd.seg.Segmentation(
        sources,
        volume.with_array(np.asarray(labels, np.uint8)),
        "BINARY",
        [
            hd.seg.SegmentDescription(number, name, codes.SCT.Organ, codes.SCT.Liver, algorithm)
            for number, name in enumerate(masks, 1)
        ],
        series_instance_uid=hd.UID(),
        series_number=9,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer="MADE",
        manufacturer_model_name="made",
        software_versions="1",
        device_serial_number="1",
    )
    order = np.random.default_rng(1).permutation(stored.NumberOfFrames)
    stored.PixelData = pack_bits(stored.pixel_array[order])
    groups = list(stored.PerFrameFunctionalGroupsSequence)
    stored.PerFrameFunctionalGroupsSequence = [groups[place] for place in order]
    stored.save_as(path)
    return path


def _shared(volume: Volume) -> dict[str, object]:
    return {
        "SOPClassUID": MRImageStorage,
        "Modality": "MR",
        "PatientID": "P1",
        "StudyInstanceUID": generate_uid(),
        # Obligatory but often empty; what is derived from an image repeats them.
        **dict.fromkeys(("PatientName", "PatientBirthDate", "PatientSex", "StudyTime"), ""),
        **dict.fromkeys(("AccessionNumber", "StudyID", "ReferringPhysicianName"), ""),
        "StudyDate": "20200102",
        "SeriesInstanceUID": generate_uid(),
        "FrameOfReferenceUID": generate_uid(),
        "SeriesNumber": 5,
        "SeriesDescription": "t1 made",
        "Manufacturer": "MADE",
        "ImageType": ["ORIGINAL", "PRIMARY", "M"],
        "ScanningSequence": "GR",
        "RepetitionTime": 4.5,
        "EchoTime": 2.1,
        "FlipAngle": 10,
        "AcquisitionTime": "100000.000000",
        "AcquisitionNumber": 1,
        "SliceThickness": round(volume.spacing_mm[0], 6),
        "SpacingBetweenSlices": round(volume.spacing_mm[0], 6),
    }


def _slice(volume: Volume, index: int, tags: dict[str, object]) -> FileDataset:
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset("", {}, file_meta=meta, preamble=b"\0" * 128)
    for keyword, value in tags.items():
        if value is not None:
            setattr(dataset, keyword, value)
    dataset.SOPInstanceUID = generate_uid()
    axes = np.reshape(volume.direction, (3, 3))
    position = np.array(volume.origin_mm) + axes[:, 2] * volume.spacing_mm[0] * index
    dataset.ImagePositionPatient = [f"{value:.6f}" for value in position]
    dataset.ImageOrientationPatient = [f"{value:.8f}" for value in axes[:, :2].T.ravel()]
    dataset.PixelSpacing = [f"{value:.6f}" for value in volume.spacing_mm[1:]]
    plane = np.rint(volume.array[index]).astype(np.uint16)
    dataset.Rows, dataset.Columns = plane.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit, dataset.PixelRepresentation = 15, 0
    dataset.PixelData = plane.tobytes()
    return dataset
