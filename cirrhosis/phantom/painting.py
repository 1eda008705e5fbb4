"""The abdomen before the scanner: tissues at their exact places, with their signals."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cirrhosis.phantom.anatomy import LOBE_BLEND_MM, Anatomy
from cirrhosis.phantom.patterns import LiverTexture, field_values, nodule_pattern, septum_pattern
from cirrhosis.phantom.shapes import (
    Distances,
    Ellipsoid,
    Points,
    Shape,
    points_near,
    runs_through,
    shape_distance,
    union_distance,
)

Image = NDArray[np.float32]
# Borders are as soft as voxels of about 5 mm would make them.
EDGE_MM = 5.0
MUSCLE_MM = 10.0
_TALL_MM = 1e4


class PatternStrength(NamedTuple):
    """Contrast of nodules and of septa, as shares of the liver's signal."""

    nodules: float
    septa: float


class Painted(NamedTuple):
    """Noise-free signal and liver mask of each voxel, shape (n,)."""

    image: Image
    liver_mask: NDArray[np.uint8]


class _Liver(NamedTuple):
    near: NDArray[np.intp]
    distances: Distances


def paint_abdomen(
    anatomy: Anatomy,
    texture: LiverTexture,
    *,
    points: Points,
    wall_points: Points,
    signals: dict[str, float],
    strength: PatternStrength,
) -> Painted:
    """Return the noise-free signal at each position.

    Args:
        anatomy: Shape of the abdomen.
        texture: Pattern fields of its liver.
        points: Positions among the organs, LPS millimetres, shape (3, n).
        wall_points: Positions in the trunk; the same unless organs move against it.
        signals: Signal of each tissue.
        strength: How strongly this sequence shows the patterns.
    """
    image = _paint_trunk(anatomy, wall_points, signals)
    for tissue, organ in anatomy.organs:
        places = wall_points if runs_through(organ) else points
        _paint(image, organ, places, signals[tissue])
    liver = _find_liver(anatomy, texture, points)
    _paint_ascites(image, liver, anatomy.ascites_mm, signals["fluid"])
    covered = np.flatnonzero(liver.distances < EDGE_MM)
    where, inside = liver.near[covered], points[:, liver.near[covered]]
    signal = _liver_signal(texture, inside, strength) * signals["liver"]
    for vessel in anatomy.vessels:
        _paint(signal, vessel, inside, signals["vessel"])
    for lesion in anatomy.lesions:
        _paint(signal, lesion, inside, signals["lesion"])
    image[where] += _coverage(liver.distances[covered]) * (signal - image[where])
    mask = np.zeros(points.shape[1], dtype=np.uint8)
    mask[liver.near[liver.distances < 0]] = 1
    return Painted(image, mask)


def _paint_trunk(anatomy: Anatomy, points: Points, signals: dict[str, float]) -> Image:
    image = np.zeros(points.shape[1], dtype=np.float32)
    width, depth = anatomy.body_radii_mm
    inner = anatomy.fat_mm
    for tissue, inset in (("fat", 0.0), ("muscle", inner), ("viscera", inner + MUSCLE_MM)):
        layer = Ellipsoid((0.0, 0.0, 0.0), (width - inset, depth - inset, _TALL_MM))
        _paint(image, layer, points, signals[tissue])
    return image


def _find_liver(anatomy: Anatomy, texture: LiverTexture, points: Points) -> _Liver:
    reached = np.zeros(points.shape[1], dtype=bool)
    for lobe in anatomy.lobes:
        reached[points_near(lobe, points, margin_mm=25.0)] = True
    near = np.flatnonzero(reached)
    inside = points[:, near]
    smooth = union_distance(
        [shape_distance(lobe, inside) for lobe in anatomy.lobes], blend_mm=LOBE_BLEND_MM
    )
    # Bumps are found where they can matter; elsewhere they would only cost time.
    rim = np.flatnonzero(np.abs(smooth) < 4 * anatomy.nodularity_mm + EDGE_MM)
    smooth[rim] += anatomy.nodularity_mm * field_values(texture.surface, inside[:, rim])
    width, depth = anatomy.body_radii_mm
    wall = anatomy.fat_mm + MUSCLE_MM
    cavity = Ellipsoid((0.0, 0.0, 0.0), (width - wall, depth - wall, _TALL_MM))
    # The liver ends at the abdominal wall, however wide the lobes were drawn.
    return _Liver(near, np.maximum(smooth, shape_distance(cavity, inside) + 2.0))


def _paint_ascites(image: Image, liver: _Liver, thickness_mm: float, signal: float) -> None:
    if thickness_mm > 0:
        share = _coverage(liver.distances - thickness_mm)
        image[liver.near] += share * (signal - image[liver.near])


def _liver_signal(texture: LiverTexture, points: Points, strength: PatternStrength) -> Image:
    signal = np.ones(points.shape[1], dtype=np.float32)
    if strength.nodules:
        signal += strength.nodules * nodule_pattern(texture, points)
    if strength.septa:
        signal += strength.septa * septum_pattern(texture, points)
    return np.maximum(signal, 0.05)


def _paint(image: Image, shape: Shape, points: Points, signal: float) -> None:
    near = points_near(shape, points, margin_mm=EDGE_MM)
    share = _coverage(shape_distance(shape, points[:, near]))
    image[near] += share * (signal - image[near])


def _coverage(distances: Distances) -> Image:
    return np.clip(0.5 - distances / EDGE_MM, 0, 1)
