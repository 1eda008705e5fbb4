"""Volumes as tensors that are read in one frame: the axes of the fixed volume, in mm."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.pair_batch import PairTensors
from cirrhosis.contracts.volume import Array, RigidTransform, Volume
from cirrhosis.models.networks.rigid_sampling import grid_points, sample_at

# What counts as 1: almost the brightest, so that a few bright vessels do not decide.
BRIGHT_PERCENTILE = 99.0
LARGEST = 1.25


class Frame(NamedTuple):
    """Where points are counted from, and along which axes.

    Attributes:
        center_mm: Centre of the region in LPS millimetres.
        axes: Directions x, y, z of the fixed volume as columns, shape (3, 3).
    """

    center_mm: Array
    axes: Array


class PlacedVolume(NamedTuple):
    """A volume and where it lies in a frame.

    Attributes:
        image: Shape (1, 1, z, y, x), float32.
        spacing_mm: Between its voxels.
        middle_mm: Of the volume in the frame, shape (3,).
        turn: From the frame's axes to its own, shape (3, 3).
    """

    image: Tensor
    spacing_mm: float
    middle_mm: Tensor
    turn: Tensor

    def at(self, points: Tensor) -> Tensor:
        """Return intensities at points of the frame, shape (P, 3), as shape (1, P)."""
        own = (points - self.middle_mm) @ self.turn.T
        return sample_at(self.image, own[None], self.spacing_mm)


def frame_of(region: Volume) -> Frame:
    """Return the frame about the centre of a region.

    Raises:
        ContractError: If the region is empty.
    """
    inside = np.argwhere(region.array > 0)
    if not inside.size:
        raise ContractError(
            "expected a region in which two volumes are compared, but it is empty; check the"
            " liver mask"
        )
    axes = np.reshape(region.direction, (3, 3))
    center = inside.mean(0)[::-1] * np.array(region.spacing_mm[::-1])
    return Frame(np.array(region.origin_mm) + axes @ center, axes)


def place_volume(volume: Volume, frame: Frame) -> PlacedVolume:
    """Return an isotropic volume as a tensor in a frame, intensities as they are.

    Raises:
        ContractError: If its voxels are no cubes.
    """
    spacing = np.array(volume.spacing_mm)
    if not np.allclose(spacing, spacing[0], rtol=1e-3):
        raise ContractError(
            f"expected isotropic voxels for the network, but got {volume.spacing_mm} mm;"
            " resample first"
        )
    axes = np.reshape(volume.direction, (3, 3))
    size = np.array(volume.array.shape[::-1])
    middle = np.array(volume.origin_mm) + axes @ ((size - 1) / 2 * spacing[0])
    return PlacedVolume(
        torch.from_numpy(np.ascontiguousarray(volume.array, dtype=np.float32))[None, None],
        float(spacing[0]),
        torch.from_numpy(frame.axes.T @ (middle - frame.center_mm)).float(),
        torch.from_numpy(axes.T @ frame.axes).float(),
    )


def place_pair(
    fixed: Volume, moving: Volume, region: Volume, frame: Frame
) -> tuple[PlacedVolume, PlacedVolume, PlacedVolume]:
    """Return both volumes with intensities from 0 to about 1, and the region, in a frame."""
    return (
        _scaled(place_volume(fixed, frame)),
        _scaled(place_volume(moving, frame)),
        place_volume(region, frame),
    )


def lay_out(
    fixed: Volume, moving: Volume, region: Volume, *, spacing_mm: float, shape: tuple[int, int, int]
) -> PairTensors:
    """Return a pair on one grid around the centre of the region.

    Args:
        fixed: Isotropic volume that stays.
        moving: Isotropic volume to be aligned.
        region: 1 where they are compared, on the grid of `fixed`.
        spacing_mm: Of the grid.
        shape: Voxels (z, y, x) of the grid.

    Raises:
        ContractError: If the region is empty, or voxels are no cubes.
    """
    points = grid_points(shape, spacing_mm)
    placed = place_pair(fixed, moving, region, frame_of(region))
    first, second, inside = (volume.at(points).reshape(shape) for volume in placed)
    return PairTensors(first, second, (inside >= 0.5).to(torch.uint8))


def transform_of(rotation: Tensor, shift: Tensor, frame: Frame) -> RigidTransform:
    """Return a motion of the frame, shapes (3, 3) and (3,), in LPS about its centre."""
    turned = frame.axes @ rotation.double().cpu().numpy() @ frame.axes.T
    x, y, z = (frame.axes @ shift.double().cpu().numpy()).tolist()
    center = frame.center_mm.tolist()
    return RigidTransform(
        tuple(turned.ravel().tolist()), (center[0], center[1], center[2]), (x, y, z)
    )


def _scaled(volume: PlacedVolume) -> PlacedVolume:
    """Return the volume with air at 0 and its bright tissues at 1."""
    values = volume.image.numpy()
    seen = values[values > 0]
    bright = float(np.percentile(seen, BRIGHT_PERCENTILE)) if seen.size else 1.0
    return volume._replace(image=(volume.image / bright).clamp(0, LARGEST))
