"""One volume from a file, in LPS, refused if it cannot be an image."""

from pathlib import Path

import numpy as np

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.geometry import volume_of
from cirrhosis.imaging.nifti import read_nifti


def read_volume(path: Path, series: str = "") -> Volume:
    """Read a NIfTI file as a float32 volume in LPS, z from foot to head.

    Axes are permuted and flipped, never resampled: every stored voxel is kept, and an
    oblique volume stays oblique.

    Raises:
        ContractError: If the file is absent, damaged, not three-dimensional or ambiguous
            about its place, or its intensities are not finite or all the same.
    """
    if series:
        raise ContractError(
            f"{path}: a file holds one volume, but volumes.csv names the series '{series}' in it;"
            " empty that cell"
        )
    volume = volume_of(read_nifti(path))
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
    if np.linalg.det(np.reshape(volume.direction, (3, 3))) < 0:
        raise ContractError(f"{path}: the axes are left-handed after orientation to LPS")
    return volume
