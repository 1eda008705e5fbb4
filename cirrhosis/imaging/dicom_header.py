"""The header of one DICOM file, read without its pixels and checked for what it claims."""

import mmap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian

from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging import dicom_values as value

SUFFIXES = (".dcm", ".dicom", ".ima")
# No encoder of medical images makes them smaller than this.
LARGEST_COMPRESSION = 1000
KEYWORDS = (
    *("SOPClassUID", "SOPInstanceUID", "Modality", "PatientID", "StudyInstanceUID", "StudyDate"),
    "StudyDescription",
    *("SeriesInstanceUID", "SeriesNumber", "SeriesDescription", "ProtocolName", "Manufacturer"),
    *("ManufacturerModelName", "MagneticFieldStrength", "ImageType", "ScanningSequence"),
    *("SequenceVariant", "ScanOptions", "RepetitionTime", "EchoTime", "InversionTime"),
    *("FlipAngle", "AcquisitionTime", "AcquisitionDateTime", "ContrastBolusAgent"),
    *("ContrastBolusStartTime", "FrameOfReferenceUID", "DiffusionBValue", "Rows", "Columns"),
    *("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SpacingBetweenSlices"),
    *("TemporalPositionIdentifier", "AcquisitionNumber", "TriggerTime", "ContentTime"),
    *("InstanceNumber", "SamplesPerPixel", "BitsAllocated", "NumberOfFrames"),
)


@dataclass(frozen=True)
class Header:
    """What a file says of its image, by keyword, and what is left for its pixels.

    Attributes:
        file: The file.
        tags: Values of `KEYWORDS`, parsed when asked for.
        transfer_syntax: How the pixels are encoded.
        n_pixel_bytes: Bytes of the file from its pixel data to its end.
    """

    file: Path
    tags: Dataset
    transfer_syntax: UID
    n_pixel_bytes: int

    @property
    def series_uid(self) -> str:
        """SeriesInstanceUID."""
        return value.text(self.tags, "SeriesInstanceUID")

    @property
    def sop_uid(self) -> str:
        """SOPInstanceUID."""
        return value.text(self.tags, "SOPInstanceUID")


def read_header(path: Path) -> Header | None:
    """Return the header of a file, None if it is no DICOM file.

    Raises:
        ContractError: If it is one and cannot be read.
    """
    with path.open("rb") as stream:
        start = stream.read(4096)
    has_mark = start[128:132] == b"DICM"
    try:
        header = _parse(path, forced=not has_mark)
    # A damaged file makes pydicom raise whatever its parser trips over.
    except Exception as error:
        if not has_mark and not _is_suspect(path, start):
            return None
        raise ContractError(
            f"{path}: is a damaged DICOM file ({type(error).__name__}: {error}); copy it again"
            " from its source, or remove it"
        ) from error
    if header.series_uid and header.sop_uid:
        return header
    if not has_mark and not _is_suspect(path, start):
        return None
    raise ContractError(
        f"{path}: expected a DICOM file that names its series and itself, but it does not;"
        " copy it again from its source, or remove it"
    )


def _is_suspect(path: Path, start: bytes) -> bool:
    """Return whether a file that does not parse may have been DICOM."""
    suffix = path.suffix.lower()
    return suffix in SUFFIXES or (not suffix and b"\0" in start)


def _parse(path: Path, *, forced: bool) -> Header:
    with warnings.catch_warnings():
        # pydicom warns of values that break the standard; those used are checked here.
        warnings.simplefilter("ignore")
        meta = Dataset() if forced else read_file_meta_info(path)
        syntax = UID(meta.get("TransferSyntaxUID", ""))
        if syntax == DeflatedExplicitVRLittleEndian:
            raise ContractError("deflated as a whole; store it without that")
        with mapped(path) as content:
            tags = dcmread(
                content, stop_before_pixels=True, specific_tags=list(KEYWORDS), force=forced
            )
            return Header(path, tags, syntax, path.stat().st_size - content.tell())


@contextmanager
def mapped(path: Path) -> Iterator[BinaryIO]:
    """Yield the bytes of a file as a stream.

    A damaged length may claim gigabytes, for which an ordinary stream would set memory
    aside: this one gives no more than the file has.
    """
    with (
        path.open("rb") as stream,
        mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
    ):
        yield cast(BinaryIO, content)


def pixel_fault(header: Header) -> str:
    """Return why the file cannot hold the pixels its header claims; empty if it can."""
    rows, columns = (value.whole(header.tags, name) or 0 for name in ("Rows", "Columns"))
    bits = value.whole(header.tags, "BitsAllocated") or 0
    samples = value.whole(header.tags, "SamplesPerPixel") or 1
    frames = value.whole(header.tags, "NumberOfFrames") or 1
    if header.n_pixel_bytes <= 8:
        return "there are no pixels in it"
    claimed = rows * columns * samples * frames * bits / 8
    compressed = header.transfer_syntax.is_compressed if _is_known(header) else False
    possible = header.n_pixel_bytes * (LARGEST_COMPRESSION if compressed else 1)
    if claimed > possible:
        return (
            f"the header claims {claimed / 1e6:.4g} MB of pixels and the file has"
            f" {header.n_pixel_bytes / 1e6:.4g} MB, so it is truncated or damaged"
        )
    return ""


def _is_known(header: Header) -> bool:
    return header.transfer_syntax.is_transfer_syntax
