"""Climb the mutual information of one pair from a motion that is nearly right."""

import math
from typing import NamedTuple

import torch
from torch import Generator, Tensor
from torch.nn import functional

from cirrhosis.contracts.randomness import seed_of
from cirrhosis.models.networks.parzen_information import entropy, information_of, joint_density
from cirrhosis.models.networks.placed_volume import PlacedVolume
from cirrhosis.models.networks.rigid_sampling import grid_points, move, rotation_of
from cirrhosis.models.registrar_settings import RefinementSettings

# Places at which two motions are compared at the end: enough for the third digit.
N_JUDGED = 50_000
JUDGED_BINS = 32
# Terms of a bias field, which count places in this unit.
N_TERMS = 9
FIELD_UNIT_MM = 100.0


class Refined(NamedTuple):
    """A motion R p + t of the frame and what it is worth.

    Attributes:
        rotation: Shape (3, 3).
        shift: In mm, shape (3,).
        before: Mutual information of the motion that was given, in nats, without bias fields.
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


class _State(NamedTuple):
    """A motion, and the weights of the terms of each volume's bias field."""

    rotation: Tensor
    shift: Tensor
    fixed_field: Tensor
    moving_field: Tensor


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

    Coils make intensities drift across a volume, and where they drift in both, a shifted
    motion can share more information than the true one. So a smooth field is fitted to each
    volume meanwhile, by the least joint entropy: the most information would let both fields
    tell the same thing, the place.

    Args:
        fixed: Volume that stays.
        moving: Volume to be aligned.
        region: 1 where they are compared.
        start: Rotation (3, 3) and shift (3,) in mm.
        settings: Levels, steps and rates.

    References:
        Likar B, Viergever MA, Pernus F. Retrospective correction of MR intensity inhomogeneity
        by information minimization. IEEE Trans Med Imaging 2001;20:1398-1410.
    """
    inside = _inside(region)
    given = start[0].float(), start[1].float()
    no_field = torch.zeros(N_TERMS, device=inside.device)
    state = _State(*given, no_field, no_field)
    for k, smoothing_mm in enumerate(settings.smoothing_mm):
        level = _Level(
            smoothed(fixed, smoothing_mm),
            smoothed(moving, smoothing_mm),
            settings.steps[k],
            settings.learning_rates[k],
            seed_of(settings.seed, "refinement", k),
        )
        state = _climb(level, inside, state, settings)
    before = _judge(fixed, moving, inside, state._replace(rotation=given[0], shift=given[1]))
    after = _judge(fixed, moving, inside, state)
    if after > before:
        return Refined(state.rotation, state.shift, before, after)
    return Refined(*given, before, before)


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


def _climb(level: _Level, inside: Tensor, start: _State, settings: RefinementSettings) -> _State:
    turn, step = (torch.zeros(1, 3, device=inside.device, requires_grad=True) for _ in range(2))
    fields = [field.clone().requires_grad_() for field in start[2:]]
    rate, scale = level.learning_rate, settings.shift_scale_mm
    optimizer = torch.optim.Adam(
        [
            {"params": [turn], "lr": rate},
            {"params": [step], "lr": rate * scale},
            {"params": fields, "lr": settings.field_learning_rate},
        ]
    )
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, settings.decay)
    generator = Generator().manual_seed(level.seed)
    for _ in range(level.steps):
        points = _draw(inside, level.fixed.spacing_mm, settings.n_samples, generator)
        now = _State(rotation_of(turn) @ start.rotation, start.shift + step, *fields)
        joint = _compare(level.fixed, level.moving, points, now, settings.bins)
        size = torch.stack(fields).square().sum()
        spread = (entropy(joint) + settings.field_penalty * size).sum()
        turn.grad, step.grad = torch.autograd.grad(
            -information_of(joint).sum(), [turn, step], retain_graph=True
        )
        fields[0].grad, fields[1].grad = torch.autograd.grad(spread, fields)
        optimizer.step()
        scheduler.step()
    with torch.no_grad():
        rotation, shift = rotation_of(turn)[0] @ start.rotation, start.shift + step[0]
    return _State(rotation, shift, *(field.detach() for field in fields))


def _compare(
    fixed: PlacedVolume, moving: PlacedVolume, points: Tensor, state: _State, bins: int
) -> Tensor:
    """Return the joint density of both volumes, rid of their fields, under a motion."""
    rotation, shift = state.rotation.reshape(1, 3, 3), state.shift.reshape(1, 3)
    moved = move(points[None], rotation, shift)[0]
    first = fixed.at(points) * (_terms(points) @ state.fixed_field).exp()
    second = moving.at(moved) * (_terms(moved) @ state.moving_field).exp()
    return joint_density(first, second, bins=bins)


def _terms(points: Tensor) -> Tensor:
    """Return the linear and quadratic terms of places, shape (P, 9)."""
    x, y, z = (points / FIELD_UNIT_MM).unbind(1)
    return torch.stack((x, y, z, x * x, y * y, z * z, x * y, y * z, x * z), dim=1)


@torch.no_grad()
def _judge(fixed: PlacedVolume, moving: PlacedVolume, inside: Tensor, state: _State) -> float:
    """Return the mutual information at the region's voxels, the same ones for every motion."""
    points = inside[:: max(1, len(inside) // N_JUDGED)]
    return float(information_of(_compare(fixed, moving, points, state, JUDGED_BINS))[0])


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
