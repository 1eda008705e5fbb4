"""Read volumes at places in millimetres, and the places of a grid."""

import torch
from torch import Tensor
from torch.nn import functional


def grid_points(shape: tuple[int, int, int], spacing_mm: float) -> Tensor:
    """Return where the voxels of a grid (z, y, x) lie about its centre.

    Returns:
        Positions (x, y, z) in mm, shape (voxels, 3), the last array axis fastest.
    """
    axes = [(torch.arange(n) - (n - 1) / 2) * spacing_mm for n in shape]
    z, y, x = torch.meshgrid(*axes, indexing="ij")
    return torch.stack((x, y, z), dim=-1).reshape(-1, 3)


def sample_at(images: Tensor, points: Tensor, spacing_mm: float) -> Tensor:
    """Return intensities at places, linearly between voxels, 0 outside.

    Args:
        images: Shape (N, 1, z, y, x).
        points: Positions (x, y, z) in mm about the volume's centre, shape (N, P, 3).
        spacing_mm: Between voxels.

    Returns:
        Shape (N, P).
    """
    size = torch.tensor(images.shape[:1:-1], dtype=points.dtype, device=points.device)
    # grid_sample takes -1 and 1 for the outer faces of the volume.
    places = (points * (2 / (size * spacing_mm)))[:, :, None, None]
    sampled = functional.grid_sample(
        images, places, mode="bilinear", padding_mode="zeros", align_corners=False
    )
    return sampled[:, 0, :, 0, 0]


def move(points: Tensor, rotation: Tensor, shift: Tensor) -> Tensor:
    """Return R p + t for points of shape (N, P, 3) or (P, 3)."""
    return points @ rotation.transpose(1, 2) + shift[:, None]


def rotation_of(vector: Tensor) -> Tensor:
    """Return the rotations about axes `vector` by their lengths in radians, shape (N, 3, 3)."""
    x, y, z = vector.unbind(1)
    zero = torch.zeros_like(x)
    rows = (zero, -z, y, z, zero, -x, -y, x, zero)
    return torch.matrix_exp(torch.stack(rows, dim=1).reshape(-1, 3, 3))
