"""Climb the mutual information of one pair from a motion that is nearly right."""

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional

from cirrhosis.contracts.randomness import seed_of
from cirrhosis.models.networks.parzen_information import parzen_information
from cirrhosis.models.networks.placed_volume import PlacedVolume
from cirrhosis.models.networks.rigid_sampling import grid_points, move, rotation_of
from cirrhosis.models.registrar_settings import RefinementSettings

# Places at which two motions are compared at the end: enough for the third digit.
N_JUDGED = 50_000


class Refined(NamedTuple):
    """A motion R p + t of the frame and what it is worth.

    Attributes:
        rotation: Shape (3, 3).
        shift: In mm, shape (3,).
        before: Mutual information of the motion that was given, in nats.
        after: That of this one, never less.
    """

    rotation: Tensor
    shift: Tensor
    before: float
    after: float


class _Level(NamedTuple):
    """Both volumes under one blur, and how the climb goes on there."""

    fixed: PlacedVolume
    moving: PlacedVolume
    steps: int
    learning_rate: float
    seed: int


def refine(
    fixed: PlacedVolume,
    moving: PlacedVolume,
    region: PlacedVolume,
    *,
    start: tuple[Tensor, Tensor],
    settings: RefinementSettings,
) -> Refined:
    """Return the motion with the most mutual information near `start`, or `start` itself.

    Random places within the region, between voxels too, are drawn anew in each step, so
    that the grid leaves no traces in the measure. Rotation is about the frame's centre,
    where it hardly changes what the shift has to be.

    Args:
        fixed: Volume that stays.
        moving: Volume to be aligned.
        region: 1 where they are compared.
        start: Rotation (3, 3) and shift (3,) in mm.
        settings: Levels, steps and rates.
    """
    inside = _inside(region)
    rotation, shift = (part.float() for part in start)
    for k, smoothing_mm in enumerate(settings.smoothing_mm):
        level = _Level(
            smoothed(fixed, smoothing_mm),
            smoothed(moving, smoothing_mm),
            settings.steps[k],
            settings.learning_rates[k],
            seed_of(settings.seed, "refinement", k),
        )
        rotation, shift = _climb(level, inside, (rotation, shift), settings)
    ends = ((start[0].float(), start[1].float()), (rotation, shift))
    before, after = (_judge(fixed, moving, inside, end, settings) for end in ends)
    if after > before:
        return Refined(rotation, shift, before, after)
    return Refined(*ends[0], before, before)


def smoothed(volume: PlacedVolume, smoothing_mm: float) -> PlacedVolume:
    """Return the volume under a normal blur with standard deviation `smoothing_mm`."""
    if smoothing_mm <= 0:
        return volume
    sigma = smoothing_mm / volume.spacing_mm
    reach = math.ceil(3 * sigma)
    places = torch.arange(-reach, reach + 1, dtype=torch.float32, device=volume.image.device)
    kernel = torch.softmax(-0.5 * (places / sigma) ** 2, dim=0)
    image = volume.image
    for axis in range(3):
        size, border = [1, 1, 1], [0] * 6
        size[axis] = len(kernel)
        border[4 - 2 * axis] = border[5 - 2 * axis] = reach
        padded = functional.pad(image, border, mode="replicate")
        image = functional.conv3d(padded, kernel.view(1, 1, *size))
    return volume._replace(image=image)


def _climb(
    level: _Level, inside: Tensor, start: tuple[Tensor, Tensor], settings: RefinementSettings
) -> tuple[Tensor, Tensor]:
    turn = torch.zeros(1, 3, device=inside.device, requires_grad=True)
    step = torch.zeros(1, 3, device=inside.device, requires_grad=True)
    rate, scale = level.learning_rate, settings.shift_scale_mm
    optimizer = torch.optim.Adam(
        [{"params": [turn], "lr": rate}, {"params": [step], "lr": rate * scale}]
    )
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, settings.decay)
    generator = Generator().manual_seed(level.seed)
    for _ in range(level.steps):
        points = _draw(inside, level.fixed.spacing_mm, settings.n_samples, generator)
        rotation, shift = rotation_of(turn) @ start[0], start[1] + step
        moved = move(points[None], rotation, shift)[0]
        loss = -parzen_information(
            level.fixed.at(points), level.moving.at(moved), bins=settings.bins
        ).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
    with torch.no_grad():
        return (rotation_of(turn) @ start[0])[0], (start[1] + step)[0]


@torch.no_grad()
def _judge(
    fixed: PlacedVolume,
    moving: PlacedVolume,
    inside: Tensor,
    motion: tuple[Tensor, Tensor],
    settings: RefinementSettings,
) -> float:
    """Return the mutual information at the region's voxels, the same ones for every motion."""
    points = inside[:: max(1, len(inside) // N_JUDGED)]
    moved = move(points[None], motion[0][None], motion[1][None])[0]
    found = parzen_information(fixed.at(points), moving.at(moved), bins=settings.bins)
    return float(found[0])


def _inside(region: PlacedVolume) -> Tensor:
    """Return the places of the region's voxels in the frame, shape (voxels, 3)."""
    _, _, z, y, x = region.image.shape
    own = grid_points((z, y, x), region.spacing_mm).to(region.image.device)
    chosen = own[region.image.flatten() > 0]
    return chosen @ region.turn + region.middle_mm


def _draw(inside: Tensor, spacing_mm: float, n: int, generator: Generator) -> Tensor:
    chosen = torch.randint(len(inside), (n,), generator=generator)
    jitter = (torch.rand(n, 3, generator=generator) - 0.5) * spacing_mm
    return inside[chosen.to(inside.device)] + jitter.to(inside.device)
