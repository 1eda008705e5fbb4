"""What makes variants of one donor differ whatever their class: moves and intensities."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cirrhosis.phantom.planted_field import Points, SmoothField, draw_field, evaluate_field
from cirrhosis.phantom.planted_sampling import apply_affine
from cirrhosis.phantom.planted_settings import PlantedSettings

# Wide enough that the liver bends and no surface becomes uneven.
_ELASTIC_LATTICE_MM = 60.0
# What the donor's 99.9th percentile is stored as, before the gain.
_CEILING = 1000.0


class Variation(NamedTuple):
    """A drawn variation.

    Attributes:
        affine_lps: Rigid move from the variant to the donor.
        elastic: Displacement along x, y, z, in standard deviations.
        elastic_mm: Size of one standard deviation.
        gamma: Exponent on intensities.
        gain: Factor on intensities.
        noise: Standard deviation of the noise, as a share of the 99.9th percentile.
    """

    affine_lps: NDArray[np.floating[Any]]
    elastic: tuple[SmoothField, SmoothField, SmoothField]
    elastic_mm: float
    gamma: float
    gain: float
    noise: float


def draw_variation(
    rng: np.random.Generator, settings: PlantedSettings, *, center_mm: tuple[float, float, float]
) -> Variation:
    """Draw a variation around the liver's centre."""
    angles = np.deg2rad(rng.uniform(-settings.rotation_deg, settings.rotation_deg, 3))
    shift = rng.uniform(-settings.translation_mm, settings.translation_mm, 3)
    center = np.asarray(center_mm)
    affine = np.eye(4)
    affine[:3, :3] = _turn(angles)
    affine[:3, 3] = center + shift - (affine[:3, :3] * center).sum(1)
    x, y, z = (
        draw_field(rng, spacing_mm=_ELASTIC_LATTICE_MM, center_mm=center_mm) for _ in range(3)
    )
    return Variation(
        affine_lps=affine,
        elastic=(x, y, z),
        elastic_mm=settings.elastic_mm,
        gamma=float(settings.gamma ** rng.uniform(-1, 1)),
        gain=float(settings.gain ** rng.uniform(-1, 1)),
        noise=settings.noise,
    )


def move(points: Points, variation: Variation) -> Points:
    """Return the positions in the donor that positions in the variant show."""
    bend = np.stack([evaluate_field(field, points) for field in variation.elastic])
    return apply_affine(variation.affine_lps, points + variation.elastic_mm * bend)


def find_shown_at(point: Points, variation: Variation) -> Points:
    """Return where the variant shows a position of the donor: the inverse of `move`."""
    back = np.linalg.inv(variation.affine_lps)
    target = apply_affine(back, point)
    shown = target
    # Each round divides the error by at least five, as the bending is gentle.
    for _ in range(20):
        shown = shown + target - apply_affine(back, move(shown, variation))
    return shown


def vary_intensities(
    voxels: NDArray[np.float32], variation: Variation, rng: np.random.Generator
) -> NDArray[np.int16]:
    """Return intensities (1 is the donor's 99.9th percentile) as a scanner would store them."""
    bright = np.maximum(voxels, 0) ** np.float32(variation.gamma)
    bright += np.float32(variation.noise) * rng.standard_normal(voxels.shape, dtype=np.float32)
    bright *= np.float32(variation.gain * _CEILING)
    return np.clip(np.rint(bright), 0, np.iinfo(np.int16).max).astype(np.int16)


def _turn(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    turn = np.eye(3)
    for axis, angle in enumerate(angles):
        one, other = (axis + 1) % 3, (axis + 2) % 3
        step = np.eye(3)
        step[one, one] = step[other, other] = np.cos(angle)
        step[one, other], step[other, one] = -np.sin(angle), np.sin(angle)
        turn = np.asarray([(step[row, :, None] * turn).sum(0) for row in range(3)])
    return turn
