"""Planes of a moving volume on the fixed grid; only those that are wanted are computed."""

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.volume import Array, RigidTransform, Volume
from cirrhosis.imaging.geometry import image_of, points_of
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
