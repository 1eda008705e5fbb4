"""The planted signal: an uneven surface and an uneven texture of the liver.

Both have mean zero: a signal that changed the liver's size or brightness would be found by
any network, and finding it would say nothing.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cirrhosis.phantom.planted_donor import DonorVolume
from cirrhosis.phantom.planted_field import (
    Points,
    SmoothField,
    Values,
    draw_field,
    evaluate_field,
)
from cirrhosis.phantom.planted_sampling import apply_affine
from cirrhosis.phantom.planted_settings import PlantedSettings
from cirrhosis.phantom.planted_surface import Surface, distances_at, outward_at, shell_points

# Largest displacement and largest relative change of brightness at strength 1, and the
# lattices of their fields; a blob is about twice as wide.
NODULARITY_MM = 7.0
TEXTURE_SHARE = 0.25
_BUMPS_MM = 14.0
_GRAIN_MM = 13.0
# Beyond this distance from the surface nothing is displaced.
MARGIN_MM = 18.0
# The texture fades out towards the surface, so that it draws no new edge.
_FADE_MM = 4.0


class Place(NamedTuple):
    """Where a local signal is, in the donor.

    Attributes:
        center_mm: LPS position.
        radius_mm: Distance at which it has faded to nothing.
    """

    center_mm: tuple[float, float, float]
    radius_mm: float


class Signal(NamedTuple):
    """A signal of one variant; at amplitude zero it is a sham.

    Attributes:
        bumps: Pattern of the displaced surface.
        grain: Pattern of the texture.
        nodularity_mm: Largest displacement.
        texture_share: Largest relative change of brightness.
        place: Where it is; None is everywhere.
    """

    bumps: SmoothField
    grain: SmoothField
    nodularity_mm: float
    texture_share: float
    place: Place | None


def draw_signal(
    rng: np.random.Generator,
    settings: PlantedSettings,
    *,
    strength: float,
    center_mm: tuple[float, float, float],
    place: Place | None,
) -> Signal:
    """Draw the patterns of one variant; `strength` 0 makes it a sham."""
    return Signal(
        bumps=draw_field(rng, spacing_mm=_BUMPS_MM, center_mm=center_mm),
        grain=draw_field(rng, spacing_mm=_GRAIN_MM, center_mm=center_mm),
        nodularity_mm=strength * NODULARITY_MM * settings.nodularity,
        texture_share=strength * TEXTURE_SHARE * settings.texture,
        place=place,
    )


def displace(points: Points, signal: Signal, surface: Surface) -> Points:
    """Return where the nodular liver takes its tissue from: positions in the smooth one."""
    distances = distances_at(surface, points)
    near = np.flatnonzero(np.abs(distances) < MARGIN_MM)
    some = points[:, near]
    shell = shell_points(surface)
    mean = _weighted_mean(_pattern(signal.bumps, shell), _window(signal.place, shell))
    height = (_pattern(signal.bumps, some) - mean) * _window(signal.place, some)
    fade = (1 - (distances[near] / MARGIN_MM) ** 2) ** 2
    moved = points.copy()
    moved[:, near] += signal.nodularity_mm * height * fade * outward_at(surface, some)
    return moved


def modulate(volume: DonorVolume, signal: Signal, surface: Surface) -> NDArray[np.float32]:
    """Return the volume's intensities with the texture, of the same mean over the liver."""
    index = np.argwhere(volume.liver).T
    points = apply_affine(volume.affine_lps, index.astype(np.float64))
    depth = -distances_at(surface, points)
    weights = np.clip(depth / _FADE_MM, 0, 1) * _window(signal.place, points)
    pattern = _pattern(signal.grain, points)
    where = tuple(index)
    plain = volume.voxels[where]
    mean = _weighted_mean(pattern, weights * plain)
    textured = volume.voxels.copy()
    textured[where] = plain * (1 + signal.texture_share * weights * (pattern - mean))
    return textured


def _pattern(field: SmoothField, points: Points) -> Values:
    """Return a field squeezed between -1 and 1."""
    return np.asarray(np.tanh(1.5 * evaluate_field(field, points)))


def _window(place: Place | None, points: Points) -> Values:
    if place is None:
        return np.ones(points.shape[1], np.float32)
    squared = ((points - np.reshape(place.center_mm, (3, 1))) ** 2).sum(0)
    return (np.clip(1 - squared / place.radius_mm**2, 0, None) ** 2).astype(np.float32)


def _weighted_mean(values: Values, weights: Values) -> float:
    # A place away from the surface has no bumps there, and nothing to take a mean of.
    total = float(weights.sum(dtype=np.float64))
    return float((values * weights).sum(dtype=np.float64)) / total if total > 0 else 0.0
