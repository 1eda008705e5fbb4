"""DICOM SEG: one segment as a mask where its frames lie."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.imaging import dicom_values as value
from cirrhosis.imaging.dicom_header import Header, mapped, pixel_fault, read_header

# highdicom takes longer to load than a NIfTI mask to read.
if TYPE_CHECKING:
    from highdicom.seg import Segmentation

# Frames that a damaged position puts a kilometre away would need all memory in between.
LARGEST_GAP = 20
# Parts and findings of a liver that are not the liver.
NOT_THE_LIVER = ("tumo", "lesion", "vessel", "vein", "cyst", "metasta", "segment", "mass")


def is_segmentation(header: Header) -> bool:
    """Return whether a file is a DICOM SEG."""
    return value.text(header.tags, "Modality") == "SEG"


def read_segmentation(path: Path, label: int | None = None) -> sitk.Image:
    """Return a segment as float32 holding its number; frames may be in any order.

    The grid reaches from the first to the last frame of the file: empty slices at the ends
    are usually not stored.

    Args:
        path: DICOM SEG file.
        label: Number of the segment; None takes the only one, or the one named liver.

    Raises:
        ContractError: If it is damaged, its frames are no stack, or no segment is meant.
    """
    header = read_header(path)
    fault = pixel_fault(header) if header is not None else "it is no DICOM file"
    if fault:
        raise ContractError(f"{path}: {fault}; copy it again from its source")
    with warnings.catch_warnings():
        # As in reading slices: what is used of a file is checked.
        warnings.simplefilter("ignore")
        try:
            return _read(path, label)
        except ContractError:
            raise
        # A damaged file makes its readers raise whatever they trip over.
        except Exception as error:
            raise ContractError(
                f"{path}: cannot be read as a DICOM SEG ({type(error).__name__}: {error}); export"
                " the mask anew"
            ) from error


def _read(path: Path, label: int | None) -> sitk.Image:
    from highdicom.seg import segread

    with mapped(path) as content:
        stored = segread(content)
    _check_place(stored, path)
    number = _choose(stored, path, label)
    volume = stored.get_volume(segment_numbers=[number], allow_missing_positions=True)
    image = sitk.GetImageFromArray((volume.array[..., 0] >= 0.5).astype(np.float32) * number)
    image.SetSpacing(volume.spacing[::-1])
    image.SetOrigin(volume.position)
    image.SetDirection(volume.direction[:, ::-1].ravel().tolist())
    return image


def _check_place(stored: "Segmentation", path: Path) -> None:
    geometry = stored.get_volume_geometry(allow_missing_positions=True)
    if geometry is None:
        raise ContractError(
            f"{path}: expected frames at even distances above each other, but they are not; export"
            " the mask anew"
        )
    if geometry.spatial_shape[0] > LARGEST_GAP * stored.number_of_frames:
        raise ContractError(
            f"{path}: {stored.number_of_frames} frames reach over {geometry.spatial_shape[0]}"
            " slices, so a position is damaged; export the mask anew"
        )


def _choose(stored: "Segmentation", path: Path, label: int | None) -> int:
    names = {
        number: str(stored.get_segment_description(number).segment_label)
        for number in stored.segment_numbers
    }
    liver = {number: name for number, name in names.items() if "liver" in name.lower()}
    whole = [n for n, name in liver.items() if not any(w in name.lower() for w in NOT_THE_LIVER)]
    meant = [label] if label is not None else next(filter(None, (whole, list(liver), list(names))))
    if len(meant) == 1 and meant[0] in names:
        return meant[0]
    raise ContractError(
        f"{path}: expected one segment of the liver, but it has"
        f" {first(f'{number}: {name}' for number, name in names.items())}; name one with"
        " `liver.label`"
    )
