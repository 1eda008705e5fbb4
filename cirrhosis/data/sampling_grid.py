"""Where each pixel of an augmented image is read: one grid for rotation, zoom and bending."""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from cirrhosis.data.augmentation_draw import AugmentationDraw


def make_grid(draw: AugmentationDraw, height: int, width: int, device: torch.device) -> Tensor:
    """Return places for `grid_sample` with `align_corners=False`, float32, (M, H, W, 2).

    With pixel coordinates p from the image's centre, the augmented image at p is the image
    at R (p + d(p)) / z: it is first rotated, then zoomed, then bent. Everything is worked
    out in pixels, because a rotation in normalised coordinates shears an oblong image.
    """
    # Mixed precision would round places to several pixels.
    with torch.autocast(device.type, enabled=False):
        inverse = _inverse_affine(draw)
        control = torch.einsum("mij,mjpq->mipq", inverse, draw.control) * min(height, width)
        size = torch.tensor([width, height], dtype=torch.float32)
        # From pixels to grid_sample's units, in which an image is two wide and two high.
        inverse = (inverse * (2 / size).view(1, 2, 1)).to(device)
        control = (control * (2 / size).view(1, 2, 1, 1)).to(device)
        x = torch.arange(width, dtype=torch.float32, device=device) - (width - 1) / 2
        y = torch.arange(height, dtype=torch.float32, device=device) - (height - 1) / 2
        straight = inverse[:, :, 0, None, None] * x + inverse[:, :, 1, None, None] * y[:, None]
        rows = _bicubic(height, control.shape[-2]).to(device)
        columns = _bicubic(width, control.shape[-1]).to(device)
        grid = straight.flatten(0, 1).baddbmm_(
            rows.expand(2 * len(control), -1, -1), (control @ columns.T).flatten(0, 1)
        )
    return grid.view(straight.shape).permute(0, 2, 3, 1)


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
