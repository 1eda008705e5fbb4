"""Volumes as SimpleITK images and back: the one place where axes change their order."""

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.volume import Array, Volume


def image_of(volume: Volume) -> sitk.Image:
    """Return `volume` as a SimpleITK image on the same grid."""
    image = sitk.GetImageFromArray(volume.array)
    image.SetSpacing(volume.spacing_mm[::-1])
    image.SetOrigin(volume.origin_mm)
    image.SetDirection(volume.direction)
    return image


def volume_of(image: sitk.Image) -> Volume:
    """Return `image` as a volume: axes permuted and flipped to LPS, no voxel resampled."""
    oriented = sitk.DICOMOrient(image, "LPS")
    x, y, z = oriented.GetSpacing()
    return Volume(
        array=sitk.GetArrayFromImage(oriented),
        spacing_mm=(z, y, x),
        origin_mm=oriented.GetOrigin(),
        direction=oriented.GetDirection(),
    )


def like(volume: Volume, array: Array) -> Volume:
    """Return `array` on the grid of `volume`."""
    return Volume(array, volume.spacing_mm, volume.origin_mm, volume.direction)


def points_of(volume: Volume, indices: Array) -> Array:
    """Return the LPS positions of voxels in millimetres.

    Args:
        volume: Gives the grid.
        indices: Voxel indices (z, y, x), shape (n, 3); fractions are allowed.

    Returns:
        Positions (x, y, z), shape (n, 3).
    """
    axes = np.reshape(volume.direction, (3, 3)) * np.array(volume.spacing_mm[::-1])
    return np.asarray(volume.origin_mm) + np.asarray(indices, float)[:, ::-1] @ axes.T


def indices_of(volume: Volume, points: Array) -> Array:
    """Return the fractional voxel indices (z, y, x) of LPS positions, shape (n, 3)."""
    axes = np.reshape(volume.direction, (3, 3)) * np.array(volume.spacing_mm[::-1])
    offsets = np.asarray(points, float) - np.asarray(volume.origin_mm)
    return (offsets @ np.linalg.inv(axes).T)[:, ::-1]


def voxel_ml(volume: Volume) -> float:
    """Return the volume of one voxel in millilitres."""
    return float(np.prod(volume.spacing_mm)) / 1000


def describe_grid(volume: Volume) -> str:
    """Return size, spacing, origin and direction in words, for error messages."""
    size = " x ".join(str(n) for n in volume.array.shape)
    spacing = ", ".join(f"{value:.4g}" for value in volume.spacing_mm)
    origin = ", ".join(f"{value:.5g}" for value in volume.origin_mm)
    axes = ", ".join(f"{value + 0.0:.3g}" for value in volume.direction)
    return f"{size} voxels of ({spacing}) mm (z, y, x) from ({origin}) mm, direction ({axes})"
