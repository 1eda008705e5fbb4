"""Where two volumes are compared, on isotropic copies: near the fixed liver, or everywhere."""

from typing import NamedTuple

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Array, Volume
from cirrhosis.imaging.geometry import image_of, indices_of, points_of, volume_of

# Recursive smoothing needs this many voxels along its axis.
SMALLEST_SMOOTHED = 4


class Region(NamedTuple):
    """What a registration looks at.

    Attributes:
        fixed: Isotropic copy of the fixed volume, float32.
        moving: Isotropic copy of the moving volume, wide enough for the largest motion.
        mask: 1 where the volumes are compared, uint8, on the grid of `fixed`.
        center_mm: Centre of the liver, or of the mask where there is none, in LPS millimetres.
    """

    fixed: Volume
    moving: Volume
    mask: Volume
    center_mm: tuple[float, float, float]


def cut_region(
    fixed: Volume,
    moving: Volume,
    liver: Volume,
    *,
    spacing_mm: float,
    dilation_mm: float,
    motion_mm: float,
) -> Region:
    """Cut both volumes to the surroundings of the liver and make them isotropic.

    The copies exist because the metric diverges on grids with thick slices, and the
    dilation because it diverges on the bare mask (it then sees no edge of the liver).

    Args:
        fixed: Volume that stays.
        moving: Volume to be aligned.
        liver: Mask on the grid of `fixed`.
        spacing_mm: Voxel size of the copies.
        dilation_mm: How far outside the liver the comparison reaches.
        motion_mm: Largest motion to allow for around the moving copy.

    Raises:
        ContractError: If the moving volume lies nowhere near the liver.
    """
    inside = np.argwhere(liver.array > 0)
    # Two voxels more than the dilation, so that interpolation never meets the border.
    border = dilation_mm + 2 * spacing_mm
    fixed_copy = _isotropic_copy(fixed, inside.min(0), inside.max(0), border, spacing_mm)
    box = indices_of(moving, _corners(fixed_copy))
    low, high = box.min(0), box.max(0)
    if (high < 0).any() or (low > np.array(moving.array.shape) - 1).any():
        raise ContractError(
            "expected the moving volume to cover the liver of the fixed one, but they do not"
            " overlap in scanner coordinates; check that both belong to one study"
        )
    moving_copy = _isotropic_copy(moving, low, high, motion_mm, spacing_mm)
    return Region(
        fixed=volume_of(fixed_copy),
        moving=volume_of(moving_copy),
        mask=volume_of(_dilated(liver, fixed_copy, dilation_mm)),
        center_mm=_center(liver),
    )


def cut_image(fixed: Volume, moving: Volume, *, spacing_mm: float) -> Region:
    """Make all of both volumes isotropic, for a registration that knows no liver.

    They are compared where the fixed volume lies inside the moving one by the scanner's
    coordinates: a moving volume of a smaller field of view is no reason for distrust.

    Args:
        fixed: Volume that stays.
        moving: Volume to be aligned.
        spacing_mm: Voxel size of the copies.

    Raises:
        ContractError: If the volumes have no place in common.
    """
    fixed_copy, moving_copy = (
        _isotropic_copy(volume, np.zeros(3), np.array(volume.array.shape) - 1, 0.0, spacing_mm)
        for volume in (fixed, moving)
    )
    everywhere = sitk.Image(moving_copy.GetSize(), sitk.sitkUInt8) + 1
    everywhere.CopyInformation(moving_copy)
    mask = volume_of(
        sitk.Resample(everywhere, fixed_copy, sitk.Transform(), sitk.sitkNearestNeighbor)
    )
    if not mask.array.any():
        raise ContractError(
            "expected the moving volume to cover the fixed one, but they do not overlap in"
            " scanner coordinates; check that both belong to one study"
        )
    return Region(volume_of(fixed_copy), volume_of(moving_copy), mask, _center(mask))


def _center(mask: Volume) -> tuple[float, float, float]:
    x, y, z = points_of(mask, np.argwhere(mask.array).mean(0, keepdims=True))[0].tolist()
    return x, y, z


def _isotropic_copy(
    volume: Volume, low: Array, high: Array, border_mm: float, spacing_mm: float
) -> sitk.Image:
    """Return the box of voxels `low` to `high` and a border, inside the volume, isotropic."""
    spacing = np.array(volume.spacing_mm)
    last = np.array(volume.array.shape) - 1
    start = np.clip(low - border_mm / spacing, 0, last)
    stop = np.clip(high + border_mm / spacing, start, last)
    size = np.floor((stop - start) * spacing / spacing_mm + 1e-6).astype(int) + 1
    grid = sitk.ResampleImageFilter()
    grid.SetSize(size[::-1].tolist())
    grid.SetOutputSpacing([spacing_mm] * 3)
    grid.SetOutputOrigin(points_of(volume, start[None])[0].tolist())
    grid.SetOutputDirection(volume.direction)
    grid.SetInterpolator(sitk.sitkLinear)
    cropped = _crop(volume, np.floor(start).astype(int), np.ceil(stop).astype(int) + 1)
    return grid.Execute(_smooth(cropped, spacing_mm))


def _crop(volume: Volume, start: Array, stop: Array) -> sitk.Image:
    window = tuple(slice(low, high) for low, high in zip(start, stop, strict=True))
    origin = points_of(volume, start[None])[0]
    array = np.ascontiguousarray(volume.array[window], dtype=np.float32)
    return image_of(Volume(array, volume.spacing_mm, tuple(origin.tolist()), volume.direction))


def _smooth(image: sitk.Image, spacing_mm: float) -> sitk.Image:
    """Blur each axis that is finer than the copy, which would otherwise alias."""
    for axis in range(3):
        fine = image.GetSpacing()[axis] < 0.99 * spacing_mm
        if fine and image.GetSize()[axis] >= SMALLEST_SMOOTHED:
            image = sitk.RecursiveGaussian(image, sigma=spacing_mm / 2, direction=axis)
    return image


def _corners(image: sitk.Image) -> Array:
    size = np.array(image.GetSize()) - 1.0
    indices = np.array(np.meshgrid(*[(0.0, n) for n in size])).reshape(3, -1).T
    return np.array([image.TransformContinuousIndexToPhysicalPoint(i) for i in indices.tolist()])


def _dilated(liver: Volume, grid: sitk.Image, dilation_mm: float) -> sitk.Image:
    """Return which voxels of `grid` lie within `dilation_mm` of the liver."""
    binary = Volume(
        (liver.array > 0).astype(np.uint8), liver.spacing_mm, liver.origin_mm, liver.direction
    )
    mask = sitk.Resample(image_of(binary), grid, sitk.Transform(), sitk.sitkNearestNeighbor)
    distance = sitk.SignedMaurerDistanceMap(mask, squaredDistance=False, useImageSpacing=True)
    return sitk.Cast(distance <= dilation_mm, sitk.sitkUInt8)
