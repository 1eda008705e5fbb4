"""Where the voxels of a NIfTI file lie, by its header alone; nothing is unpacked."""

import zlib
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError
from numpy.typing import NDArray

from cirrhosis.contracts.errors import ContractError

# Headers of two programs round; `prepare` refuses a mask that lies further off.
SAME_PLACE_MM = 0.1
UNREADABLE = (
    ImageFileError, HeaderDataError, WrapStructError, OSError, EOFError, ValueError, zlib.error,
)  # fmt: skip


class Grid(NamedTuple):
    """Places of voxels, axes ordered and flipped to run right, front and up.

    Attributes:
        shape: Voxels along the axes.
        affine: From voxel indices to millimetres, shape (4, 4).
    """

    shape: tuple[int, ...]
    affine: NDArray[np.float64]

    def lies_as(self, other: "Grid") -> bool:
        """Return whether both have their voxels at the same places, however they are stored."""
        if self.shape != other.shape:
            return False
        corners = np.array([[*places, 1] for places in product(*((0, n - 1) for n in self.shape))])
        apart_mm = corners @ (self.affine - other.affine).T
        return bool(np.linalg.norm(apart_mm, axis=1).max() < SAME_PLACE_MM)


def read_grid(path: Path) -> Grid:
    """Return where the voxels of a three-dimensional NIfTI file lie.

    Raises:
        ContractError: If the header cannot be read or is not three-dimensional.
    """
    try:
        image: Any = nib.load(path)
        shape = tuple(size for place, size in enumerate(image.shape) if place < 3 or size > 1)
        affine = np.asarray(image.affine, dtype=np.float64)
    except UNREADABLE as error:
        raise ContractError(
            f"{path}: expected a NIfTI file, but its header cannot be read ({error}); copy it"
            " again from its source"
        ) from error
    if len(shape) != 3 or min(shape) < 1 or not np.isfinite(affine).all():
        raise ContractError(
            f"{path}: expected a three-dimensional volume, but it has the shape {image.shape}"
        )
    orientation = nib.orientations.io_orientation(affine)
    if np.isnan(orientation).any():
        raise ContractError(f"{path}: expected three axes, but its header gives fewer")
    turned = affine @ nib.orientations.inv_ornt_aff(orientation, shape)
    ordered = sorted(range(3), key=lambda axis: orientation[axis, 0])
    return Grid(tuple(shape[axis] for axis in ordered), turned)
