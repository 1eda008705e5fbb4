"""Where each pixel of an augmented image is read: one grid for rotation, zoom and bending."""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from cirrhosis.data.augmentation_draw import AugmentationDraw


def make_grid(draw: AugmentationDraw, moves: Tensor, out: Tensor) -> Tensor:
    """Return places for `grid_sample` with `align_corners=False`, float32, shape (K, H, W, 2).

    With pixel coordinates p from the image's centre, the augmented image at p is the image
    at R (p + d(p)) / z: it is first rotated, then zoomed, then bent. Everything is worked
    out in pixels, because a rotation in normalised coordinates shears an oblong image.

    Args:
        draw: The dice.
        moves: Which K of the movements.
        out: Memory for the places, float32, shape (K, 2, H, W); its device is used.
    """
    height, width = out.shape[-2:]
    inverse = _inverse_affine(draw)[moves]
    control = (inverse[..., None, None] * draw.control[moves][:, None]).sum(2) * min(height, width)
    # From pixels to grid_sample's units, in which an image is two wide and two high.
    unit = 2 / torch.tensor([width, height], dtype=torch.float32)
    inverse = (inverse * unit.view(1, 2, 1)).to(out.device)
    x = torch.arange(width, dtype=torch.float32, device=out.device) - (width - 1) / 2
    y = torch.arange(height, dtype=torch.float32, device=out.device) - (height - 1) / 2
    torch.add(inverse[:, :, :1, None] * x, inverse[:, :, 1:, None] * y[:, None], out=out)
    if control.any():
        _bend(out, (control * unit.view(1, 2, 1, 1)).to(out.device))
    return out.permute(0, 2, 3, 1)


def _bend(grid: Tensor, control: Tensor) -> None:
    height, width = grid.shape[-2:]
    rows = _bicubic(height, control.shape[-2]).to(grid.device)
    columns = _bicubic(width, control.shape[-1]).to(grid.device)
    # Mixed precision would round displacements to tenths of a pixel.
    with torch.autocast(grid.device.type, enabled=False):
        across = (control @ columns.T).flatten(0, 1)
        grid.flatten(0, 1).baddbmm_(rows.expand(len(across), -1, -1), across)


def _inverse_affine(draw: AugmentationDraw) -> Tensor:
    """Return the matrices from (x, y) of the augmented image to (x, y) of the image, (M, 2, 2)."""
    cosine, sine = draw.angle.cos(), draw.angle.sin()
    rotation = torch.stack([torch.stack([cosine, sine], 1), torch.stack([-sine, cosine], 1)], 1)
    return rotation / draw.zoom.view(-1, 1, 1)


@lru_cache(maxsize=8)
def _bicubic(size: int, points: int) -> Tensor:
    """Return the matrix (size, points) that interpolates control points spread over an axis."""
    unit = torch.eye(points).unsqueeze(0).unsqueeze(-1)
    matrix = functional.interpolate(unit, size=(size, 1), mode="bicubic", align_corners=True)
    return matrix[0, :, :, 0].T.contiguous()
