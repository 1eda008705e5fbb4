"""One interpolation from a donor's volume to a variant, whatever moves were put together."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cirrhosis.phantom.planted_field import Points

# Displacements are found on a lattice about as fine as this and linear in between.
_LATTICE_MM = 5.0

Coordinates = NDArray[np.float32]


def apply_affine(affine: NDArray[np.floating[Any]], points: Points) -> Points:
    """Return `affine` applied to positions of shape (3, n).

    Written as a sum, because the rounding of a matrix product may depend on threads.
    """
    turned = sum(affine[:3, axis, None] * points[axis] for axis in range(3))
    return np.asarray(turned + affine[:3, 3:])


def lattice_points(axes: Sequence[NDArray[np.float64]]) -> Points:
    """Return every combination of three axes, shape (3, n), the last axis fastest."""
    return np.stack(np.meshgrid(*axes, indexing="ij")).reshape(3, -1)


def find_coordinates(
    shape: tuple[int, ...], affine_lps: NDArray[np.floating[Any]], move: Callable[[Points], Points]
) -> Coordinates:
    """Return where each voxel of a variant takes its value, as index of the donor's volume.

    Args:
        shape: Voxels of the volume.
        affine_lps: Matrix from its index to LPS millimetres.
        move: From positions in the variant to positions in the donor, all moves composed.

    Returns:
        Fractional indices, shape (3, *shape).
    """
    spacing = np.sqrt((affine_lps[:3, :3] ** 2).sum(0))
    steps = np.maximum(1, np.floor(_LATTICE_MM / spacing)).astype(int).tolist()
    axes = [
        np.arange(0, side - 1 + step, step, dtype=np.float64)
        for side, step in zip(shape, steps, strict=True)
    ]
    moved = move(apply_affine(affine_lps, lattice_points(axes)))
    index = apply_affine(np.linalg.inv(affine_lps), moved)
    fine = index.reshape(3, *map(len, axes)).astype(np.float32)
    for axis in (2, 1, 0):
        fine = _refine(fine, axis + 1, shape[axis], steps[axis])
    return fine


def sample_linear(voxels: NDArray[np.float32], coordinates: Coordinates) -> NDArray[np.float32]:
    """Return intensities at fractional indices; beyond the border the last voxel continues."""
    return np.asarray(
        ndimage.map_coordinates(voxels, coordinates, order=1, mode="nearest", output=np.float32)
    )


def sample_nearest(mask: NDArray[np.bool_], coordinates: Coordinates) -> NDArray[np.uint8]:
    """Return the mask's nearest voxel at fractional indices; beyond the border nothing."""
    return np.asarray(
        ndimage.map_coordinates(
            mask.astype(np.uint8), coordinates, order=0, mode="constant", output=np.uint8
        )
    )


def _refine(coarse: Coordinates, axis: int, side: int, step: int) -> Coordinates:
    """Return `coarse`, known at every `step`-th index of `axis`, at indices 0 to side - 1."""
    if step == 1:
        return np.take(coarse, range(side), axis=axis)
    place = np.arange(side)
    before = place // step
    shape = [1] * coarse.ndim
    shape[axis] = side
    share = ((place % step) / step).astype(np.float32).reshape(shape)
    low = np.take(coarse, before, axis=axis)
    high = np.take(coarse, np.minimum(before + 1, coarse.shape[axis] - 1), axis=axis)
    return low + share * (high - low)
