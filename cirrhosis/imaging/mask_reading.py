"""Labels of voxels from a file or a folder, and their place on the grid of a volume."""

from itertools import product
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.volume import Array, Volume
from cirrhosis.imaging.dicom_header import read_header
from cirrhosis.imaging.dicom_reading import read_dicom
from cirrhosis.imaging.dicom_segmentation import is_segmentation, read_segmentation
from cirrhosis.imaging.geometry import describe_grid, indices_of, like, points_of, volume_of
from cirrhosis.imaging.nifti import SUFFIXES, read_nifti

# The grids come from headers of two programs, which round; a voxel is ten times as large.
SAME_PLACE_MM = 0.1


def read_labels(path: Path, label: int | None = None) -> Volume:
    """Read a mask as float32 labels in LPS, on the grid on which it is stored.

    Args:
        path: NIfTI file, DICOM SEG file or the folder of one, or folder with one DICOM image
            per slice.
        label: Segment of a DICOM SEG, whose voxels get this value; None takes the only one,
            or the one named liver. Other masks are read with all their labels.

    Raises:
        ContractError: If there is no mask, or it is damaged.
    """
    segmentation = find_segmentation(path)
    if segmentation is not None:
        return volume_of(read_segmentation(segmentation, label))
    return volume_of(_read_image(path))


def read_labels_on(volume: Volume, path: Path, label: int | None = None) -> Volume:
    """Read a mask as `read_labels` does, on the grid of `volume`.

    A DICOM SEG may leave out slices without a segment and is put where it belongs; any other
    mask must have the grid of the volume.

    Raises:
        ContractError: If there is no mask, it is damaged, or it lies on another grid.
    """
    labels = read_labels(path, label)
    offset = _offset(labels, volume)
    is_same = labels.array.shape == volume.array.shape and offset is not None and not offset.any()
    if offset is None or not (is_same or find_segmentation(path) is not None):
        raise ContractError(_on_another_grid(labels, volume, path))
    places = np.argwhere(labels.array)
    filled = places + offset
    if (filled < 0).any() or (filled >= volume.array.shape).any():
        raise ContractError(_on_another_grid(labels, volume, path))
    array = np.zeros(volume.array.shape, np.float32)
    array[tuple(filled.T)] = labels.array[tuple(places.T)]
    return like(volume, array)


def _offset(labels: Volume, volume: Volume) -> Array | None:
    """Return the place of the first voxel of `labels` in `volume`; None off its lattice."""
    corners = np.array(list(product(*[(0, n - 1) for n in labels.array.shape])))
    places = indices_of(volume, points_of(labels, corners))
    offset = np.rint(places[0]).astype(int)
    beside_mm = np.abs(places - corners - offset) * volume.spacing_mm
    return offset if beside_mm.max() < SAME_PLACE_MM else None


def find_segmentation(path: Path) -> Path | None:
    """Return the DICOM SEG at a place: the file itself, or the only one below a folder.

    Raises:
        ContractError: If a folder holds several.
    """
    if path.name.lower().endswith(SUFFIXES) or not path.exists():
        return None
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    found = [file for file in files if file.is_file() and _is_segmentation(file)]
    if len(found) > 1:
        raise ContractError(
            f"{path}: expected one DICOM SEG, but there are {len(found)}:"
            f" {first(file.name for file in found)}; name one of them"
        )
    return found[0] if found else None


def _is_segmentation(file: Path) -> bool:
    try:
        header = read_header(file)
    # Whether a damaged file matters is said where the folder is read.
    except ContractError:
        return False
    return header is not None and is_segmentation(header)


def _read_image(path: Path) -> sitk.Image:
    return read_dicom(path, modalities=()) if path.is_dir() else read_nifti(path)


def _on_another_grid(labels: Volume, volume: Volume, path: Path) -> str:
    return (
        f"{path}: expected the mask on the grid of its volume, but the mask has"
        f" {describe_grid(labels)} and the volume {describe_grid(volume)}; resample the mask to the"
        " volume"
    )
