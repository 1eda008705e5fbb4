"""One volume from a file, in LPS, refused if it cannot be an image."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.dicom_reading import read_dicom
from cirrhosis.imaging.geometry import volume_of
from cirrhosis.imaging.nifti import read_nifti

# Share of the range of intensities that may be lost to rounding.
LARGEST_ROUNDING = 1e-3
FLOAT_STEP = float(np.finfo(np.float32).eps)


def read_volume(path: Path, series: str = "") -> Volume:
    """Read a NIfTI file or a DICOM folder as a float32 volume in LPS, z from foot to head.

    Axes are permuted and flipped, never resampled: every stored voxel is kept, and an
    oblique volume stays oblique. Fits `VolumeReader`.

    Args:
        path: NIfTI file, or folder with DICOM files.
        series: Key of one volume in the folder; empty for the only one, and for NIfTI.

    Raises:
        ContractError: If the file is absent, damaged, not three-dimensional or ambiguous
            about its place, or its intensities are not finite or all the same.
    """
    volume = volume_of(_read_image(path, series))
    n_wrong = volume.array.size - int(np.isfinite(volume.array).sum())
    if n_wrong:
        raise ContractError(
            f"{path}: expected finite intensities, but {n_wrong} of {volume.array.size} voxels"
            " are NaN or infinite; convert the volume anew from its source"
        )
    low, high = float(volume.array.min()), float(volume.array.max())
    if low == high:
        raise ContractError(
            f"{path}: expected an image, but every voxel is {low:g}; name the right file"
        )
    if max(abs(low), abs(high)) * FLOAT_STEP > (high - low) * LARGEST_ROUNDING:
        raise ContractError(
            f"{path}: intensities from {low:g} to {high:g} lie too far from 0 to be told apart, so"
            " the rescaling in the header is wrong; convert the volume anew from its source"
        )
    if np.linalg.det(np.reshape(volume.direction, (3, 3))) < 0:
        raise ContractError(f"{path}: the axes are left-handed after orientation to LPS")
    return volume


def _read_image(path: Path, series: str) -> sitk.Image:
    if path.is_dir():
        return read_dicom(path, series)
    if series:
        raise ContractError(
            f"{path}: a file holds one volume, but volumes.csv names the series '{series}' in it;"
            " empty that cell"
        )
    return read_nifti(path)
