"""What can be measured of a prepared patient to tell whether masks and alignment can be right."""

import numpy as np

from cirrhosis.contracts.volume import Array, RigidTransform, Volume
from cirrhosis.imaging.geometry import indices_of, points_of
from cirrhosis.imaging.intensities import IntensitySettings, ceilings_of
from cirrhosis.imaging.rigid import apply

# The corner of a grid's index space and a step along each axis: enough to know any affine map.
FRAME = np.vstack([np.zeros((1, 3)), np.eye(3)])


def area_jump(areas: Array) -> float:
    """Return the largest step in area between neighbouring slices, as a share of the largest area.

    Beyond the first and the last slice there is nothing, so that a liver which is cut off by
    the border of the volume, or by a mask that ends too early, shows as a step as well.
    """
    steps = np.abs(np.diff(np.concatenate([[0], areas, [0]]).astype(float)))
    return float(steps.max() / np.max(areas))


def outside_share(liver: Array, fixed: Volume, moving: Volume, transform: RigidTransform) -> float:
    """Return the share of the liver's voxels that have no place in the moving volume.

    Args:
        liver: Mask (z, y, x) on the grid of `fixed`.
        fixed: Volume whose grid is used.
        moving: Volume that is looked into.
        transform: From fixed to moving space.
    """
    start, *steps = indices_of(moving, apply(transform, points_of(fixed, FRAME)))
    matrix = np.array(steps) - start
    # Half a voxel around the outer centres still belongs to the image.
    low, high = -0.5, np.array(moving.array.shape) - 0.5
    n_outside = 0
    for z in np.flatnonzero(liver.any(axis=(1, 2))):
        inside = np.argwhere(liver[z])
        places = inside @ matrix[1:] + (start + z * matrix[0])
        n_outside += int(((places < low) | (places > high)).any(axis=1).sum())
    return n_outside / int(np.count_nonzero(liver))


def clipped_share(planes: Array, ceiling: float, *, settings: IntensitySettings) -> float:
    """Return the share of the voxels of the chosen planes that clipping sets to the ceiling."""
    return float((planes > ceilings_of(planes, ceiling, settings)).mean())


def overlap_dice(first: Array, second: Array) -> float:
    """Return the Dice coefficient of two masks on one grid, at least one of them not empty.

    References:
        Dice LR. Measures of the amount of ecologic association between species.
        Ecology 1945;26:297-302.
    """
    common = np.count_nonzero((first > 0) & (second > 0))
    return 2 * common / (np.count_nonzero(first) + np.count_nonzero(second))
