"""Augmentation of windows of volumes of any sequence, a whole batch at once."""

import math

import torch
from torch import Generator, Tensor
from torch.nn import functional

from cirrhosis.data.liver_augmentation_settings import LiverAugmentationSettings

ELASTIC_POINTS = 5
BIAS_POINTS = 4


def augment_windows(
    images: Tensor, livers: Tensor, settings: LiverAugmentationSettings, *, generator: Generator
) -> tuple[Tensor, Tensor]:
    """Return moved and recoloured images, and livers moved with them.

    All slices of a window move alike within their planes, and all have one change of contrast.

    Args:
        images: float32, shape (n, slices, y, x), with deviation near 1.
        livers: 0 or 1, float32, shape (n, slices, y, x); slices may be fewer than those of the
            images.
        settings: Strength of each effect.
        generator: CPU source of all randomness.
    """
    grid = _draw_grid(images, settings, generator)
    # What lies beyond the border is as dark as the darkest that is seen.
    floor = images.amin((1, 2, 3), keepdim=True)
    moved = functional.grid_sample(images - floor, grid, align_corners=False) + floor
    liver = functional.grid_sample(livers, grid, align_corners=False)
    return _recolour(moved, settings, generator), (liver > 0.5).to(livers.dtype)


def _draw_grid(images: Tensor, settings: LiverAugmentationSettings, generator: Generator) -> Tensor:
    n, _, height, width = images.shape
    angle = math.radians(settings.rotation_degrees) * _evenly(n, generator)
    size = torch.exp(math.log1p(settings.zoom) * _evenly(n, generator))
    shift = settings.shift * _evenly(2 * n, generator).view(n, 2)
    # Angles are those of the window, whose sides may differ.
    ratio = height / width
    rows = [
        torch.stack([angle.cos() / size, -angle.sin() / size * ratio, shift[:, 0]], 1),
        torch.stack([angle.sin() / size / ratio, angle.cos() / size, shift[:, 1]], 1),
    ]
    matrix = torch.stack(rows, 1).to(images.device)
    grid = functional.affine_grid(matrix, [n, 1, height, width], align_corners=False)
    if not settings.elastic:
        return grid
    points = torch.randn(n, 2, ELASTIC_POINTS, ELASTIC_POINTS, generator=generator)
    is_bent = torch.rand(n, 1, 1, 1, generator=generator) < 0.5
    bend = (settings.elastic * points * is_bent).to(images.device)
    return grid + _spread(bend, height, width).permute(0, 2, 3, 1)


def _recolour(images: Tensor, settings: LiverAugmentationSettings, generator: Generator) -> Tensor:
    n, device = len(images), images.device

    def shaped(values: Tensor) -> Tensor:
        return values.view(-1, 1, 1, 1).to(device)

    floor = images.amin((1, 2, 3), keepdim=True)
    extent = (images.amax((1, 2, 3), keepdim=True) - floor).clamp_min(1e-3)
    share = (images - floor) / extent
    inverted = shaped(torch.rand(n, generator=generator) < settings.inversion_probability)
    share = torch.where(inverted, 1 - share, share)
    exponent = torch.exp(math.log1p(settings.gamma) * _evenly(n, generator))
    # Above 0, where every exponent gives a number.
    images = share.clamp(1e-4, 1.0) ** shaped(exponent) * extent + floor
    factor = torch.exp(math.log1p(settings.contrast) * _evenly(n, generator))
    images = images * shaped(factor) + shaped(settings.brightness * _evenly(n, generator))
    field = torch.randn(n, 1, BIAS_POINTS, BIAS_POINTS, generator=generator)
    bias = _spread((settings.bias * field).to(device), *images.shape[2:]).exp()
    deviation = settings.noise * torch.rand(n, generator=generator)
    deviation = deviation * (torch.rand(n, generator=generator) < 0.5)
    noise = torch.randn(images.shape, generator=generator).to(device)
    return images * bias + noise * shaped(deviation)


def _spread(points: Tensor, height: int, width: int) -> Tensor:
    """Return a smooth field between control points."""
    return functional.interpolate(points, size=(height, width), mode="bicubic", align_corners=True)


def _evenly(n: int, generator: Generator) -> Tensor:
    return 2 * torch.rand(n, generator=generator) - 1
