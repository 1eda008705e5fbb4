"""Random motion and random looks of the volumes that a registrar learns from."""

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from cirrhosis.models.networks.placed_volume import LARGEST
from cirrhosis.models.networks.rigid_sampling import move, rotation_of
from cirrhosis.models.registrar_settings import DisturbanceSettings

# Of the random curve from one brightness to another.
N_KNOTS = 8
# Below this an intensity is air, in part or all.
DARK = 0.08


class Motions(NamedTuple):
    """Where points of the disturbed volumes lie in the undisturbed ones: R p + t.

    Attributes:
        rotation: Shape (N, 3, 3).
        shift: Shape (N, 3), in mm.
    """

    rotation: Tensor
    shift: Tensor

    def undo(self, points: Tensor) -> Tensor:
        """Return where points of the undisturbed volumes, shape (N, P, 3), come to lie."""
        return (points - self.shift[:, None]) @ self.rotation

    def apply(self, points: Tensor) -> Tensor:
        """Return where points of the disturbed volumes, shape (N, P, 3), come from."""
        return move(points, self.rotation, self.shift)


def draw_motions(n: int, settings: DisturbanceSettings, generator: Generator) -> Motions:
    """Draw a rigid motion about the grid's centre for each of `n` volumes, on the CPU."""
    turns = torch.randn(n, 3, generator=generator) * math.radians(settings.rotation_deg)
    shifts = torch.randn(n, 3, generator=generator) * settings.shift_mm
    return Motions(rotation_of(turns), shifts)


def remap_looks(images: Tensor, generator: Generator) -> Tensor:
    """Return images of shape (N, 1, z, y, x) with tissues in another order of brightness.

    Intensities go through a random curve, so that one volume looks like another sequence
    of the same patient; air stays dark.
    """
    heights = torch.rand(len(images), N_KNOTS, generator=generator).to(images.device)
    places = (images / LARGEST * (N_KNOTS - 1)).clamp(0, N_KNOTS - 1 - 1e-4)
    left = places.floor().long()
    share = places - left
    flat = left.flatten(1)
    low = heights.gather(1, flat).view_as(images)
    high = heights.gather(1, flat + 1).view_as(images)
    return (low + share * (high - low)) * (images / DARK).clamp(0, 1)


def disturb_looks(images: Tensor, settings: DisturbanceSettings, generator: Generator) -> Tensor:
    """Return images of shape (N, 1, z, y, x) under another gamma, bias field and noise."""
    n, shape = len(images), images.shape[2:]
    gamma = ((2 * torch.rand(n, generator=generator) - 1) * settings.gamma).exp()
    weights = (2 * torch.rand(n, 6, generator=generator) - 1) * settings.bias
    levels = torch.rand(n, generator=generator) * settings.noise
    noise = torch.randn(images.shape, generator=generator)
    axes = [torch.linspace(-1, 1, size) for size in shape]
    z, y, x = torch.meshgrid(*axes, indexing="ij")
    terms = torch.stack((x, y, z, x * y, y * z, x * z))
    field = torch.einsum("nk,kzyx->nzyx", weights, terms).exp()[:, None]
    factors = [value.to(images.device) for value in (gamma, field, levels, noise)]
    power, field, levels, noise = factors
    changed = images.clamp_min(1e-4) ** power.view(-1, 1, 1, 1, 1) * field
    return (changed + levels.view(-1, 1, 1, 1, 1) * noise).clamp_min(0)


def draw_views(
    regions: Tensor, spacing_mm: float, settings: DisturbanceSettings, generator: Generator
) -> Tensor:
    """Draw what is seen of each volume: a box around its region.

    Args:
        regions: Masks of shape (N, 1, z, y, x).
        spacing_mm: Between their voxels.
        settings: How far the sides may lie from the region.
        generator: Source.

    Returns:
        Sides (x, y, z) in mm about the centre, lower and upper, shape (N, 2, 3).
    """
    margins = torch.rand(len(regions), 2, 3, generator=generator) * settings.view_mm
    sides = torch.stack([_bounds(mask, spacing_mm) for mask in regions[:, 0].cpu()])
    return sides + margins * torch.tensor([-1.0, 1.0])[:, None]


def cut_views(images: Tensor, views: Tensor, points: Tensor) -> Tensor:
    """Return images with 0 outside their boxes; `points` are the places of their voxels."""
    low, high = views[:, :1], views[:, 1:]
    inside = ((points >= low) & (points <= high)).all(-1)
    return images * inside.view_as(images)


def _bounds(mask: Tensor, spacing_mm: float) -> Tensor:
    """Return the lowest and the highest place (x, y, z) of a mask (z, y, x), shape (2, 3)."""
    places = mask.nonzero().flip(1)
    middle = (torch.tensor(mask.shape).flip(0) - 1) / 2
    return (torch.stack((places.amin(0), places.amax(0))) - middle) * spacing_mm
