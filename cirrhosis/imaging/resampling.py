"""Moving volumes, masks and single planes on the fixed grid."""

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.volume import Array, RigidTransform, Volume
from cirrhosis.imaging.geometry import image_of, like, points_of
from cirrhosis.imaging.rigid import itk_transform


def resample_planes(
    moving: Volume, fixed: Volume, transform: RigidTransform, indices: Sequence[int]
) -> Array:
    """Return planes of `moving` at the places of planes of `fixed`, linearly interpolated.

    Args:
        moving: Volume to read from.
        fixed: Volume whose grid is used.
        transform: From fixed to moving space.
        indices: Planes of `fixed`, along z.

    Returns:
        float32, shape (planes, height, width); 0 where `moving` has no voxels.
    """
    source = image_of(moving)
    # Only the planes that are wanted are computed.
    grid = sitk.ResampleImageFilter()
    grid.SetOutputSpacing(fixed.spacing_mm[::-1])
    grid.SetOutputDirection(fixed.direction)
    grid.SetSize((fixed.array.shape[2], fixed.array.shape[1], 1))
    grid.SetTransform(itk_transform(transform))
    grid.SetInterpolator(sitk.sitkLinear)
    grid.SetOutputPixelType(sitk.sitkFloat32)
    planes = []
    for origin in points_of(fixed, np.array([(index, 0, 0) for index in indices])):
        grid.SetOutputOrigin(origin.tolist())
        planes.append(sitk.GetArrayFromImage(grid.Execute(source))[0])
    return np.stack(planes)


def resample_volume(moving: Volume, fixed: Volume, transform: RigidTransform) -> Volume:
    """Return `moving` on the grid of `fixed`, float32, linear; 0 where it has no voxels."""
    return like(fixed, _resample(moving, fixed, transform, (sitk.sitkLinear, sitk.sitkFloat32)))


def resample_labels(moving: Volume, fixed: Volume, transform: RigidTransform) -> Volume:
    """Return a mask of `moving` on the grid of `fixed`, uint8, by the nearest voxel."""
    how = (sitk.sitkNearestNeighbor, sitk.sitkUInt8)
    return like(fixed, _resample(moving, fixed, transform, how))


def _resample(
    moving: Volume, fixed: Volume, transform: RigidTransform, how: tuple[int, int]
) -> Array:
    interpolator, pixel_type = how
    grid = sitk.ResampleImageFilter()
    grid.SetSize(fixed.array.shape[::-1])
    grid.SetOutputSpacing(fixed.spacing_mm[::-1])
    grid.SetOutputOrigin(fixed.origin_mm)
    grid.SetOutputDirection(fixed.direction)
    grid.SetTransform(itk_transform(transform))
    grid.SetInterpolator(interpolator)
    grid.SetOutputPixelType(pixel_type)
    return sitk.GetArrayFromImage(grid.Execute(image_of(moving)))
