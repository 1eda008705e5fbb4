"""Signed distances of simple bodies in millimetres, negative inside."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
Distances = NDArray[np.float32]


# Longer bodies run along the whole trunk.
LONGEST_ORGAN_MM = 1e3


class Ellipsoid(NamedTuple):
    """An ellipsoid with axes along LPS; an infinite radius makes it a cylinder."""

    center_mm: tuple[float, float, float]
    radii_mm: tuple[float, float, float]


class Capsule(NamedTuple):
    """A tube with round ends between two points."""

    start_mm: tuple[float, float, float]
    end_mm: tuple[float, float, float]
    radius_mm: float


Shape = Ellipsoid | Capsule


def runs_through(shape: Shape) -> bool:
    """Return whether a body runs along the whole trunk, as the spine does."""
    return isinstance(shape, Ellipsoid) and shape.radii_mm[2] > LONGEST_ORGAN_MM


def shape_distance(shape: Shape, points: Points) -> Distances:
    """Return the signed distance of each point, shape (n,), to a body.

    Args:
        shape: The body.
        points: LPS positions in millimetres, shape (3, n).
    """
    if isinstance(shape, Capsule):
        return _capsule_distance(shape, points)
    return _ellipsoid_distance(shape, points)


def points_near(shape: Shape, points: Points, *, margin_mm: float) -> NDArray[np.intp]:
    """Return the indices of the points in the body's bounding box, widened by a margin."""
    low, high = _bounds(shape)
    near = np.ones(points.shape[1], dtype=bool)
    for axis in range(3):
        near &= points[axis] > low[axis] - margin_mm
        near &= points[axis] < high[axis] + margin_mm
    return np.flatnonzero(near)


def union_distance(distances: list[Distances], *, blend_mm: float) -> Distances:
    """Return the distance to bodies that flow into each other over about `blend_mm`."""
    summed = sum(np.exp(-np.clip(distance / blend_mm, -40, 40)) for distance in distances)
    return np.asarray(-blend_mm * np.log(summed), dtype=np.float32)


def _ellipsoid_distance(shape: Ellipsoid, points: Points) -> Distances:
    # First-order distance: exact on the surface, and right in sign everywhere.
    radii = np.asarray(shape.radii_mm, dtype=np.float32)[:, None]
    scaled = (points - np.asarray(shape.center_mm, dtype=np.float32)[:, None]) / radii
    level = _length(scaled)
    slope = _length(scaled / radii)
    return np.asarray(level * (level - 1) / np.maximum(slope, 1e-6), dtype=np.float32)


def _capsule_distance(shape: Capsule, points: Points) -> Distances:
    start = np.asarray(shape.start_mm, dtype=np.float32)
    axis = np.asarray(shape.end_mm, dtype=np.float32) - start
    offset = points - start[:, None]
    along = np.clip(axis @ offset / np.float32(axis @ axis), 0, 1)
    gap = np.asarray(offset - axis[:, None] * along, dtype=np.float32)
    return np.asarray(_length(gap) - shape.radius_mm, dtype=np.float32)


def _length(vectors: Points) -> Distances:
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", vectors, vectors)))


def _bounds(shape: Shape) -> tuple[list[float], list[float]]:
    if isinstance(shape, Capsule):
        ends = list(zip(shape.start_mm, shape.end_mm, strict=True))
        return [min(e) - shape.radius_mm for e in ends], [max(e) + shape.radius_mm for e in ends]
    sides = list(zip(shape.center_mm, shape.radii_mm, strict=True))
    return [center - radius for center, radius in sides], [c + r for c, r in sides]
