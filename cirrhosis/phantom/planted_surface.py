"""The surface of a liver as a map of distances, from which depth and direction are read."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cirrhosis.phantom.planted_field import Points, Values
from cirrhosis.phantom.planted_sampling import apply_affine

# How far from the surface distances are known; beyond, a point is simply far away.
REACH_MM = 24.0
_FAR_MM = 1e3
# Slices are thick: their steps are smoothed out of the surface.
_SMOOTH_MM = 3.0
_SHELL_MM = 3.0


class Surface(NamedTuple):
    """Distances from the liver's surface in a box around the liver.

    Attributes:
        distances: Signed, negative inside, in millimetres, shape (i, j, k).
        affine_lps: Matrix from index of the box to LPS position.
    """

    distances: Values
    affine_lps: NDArray[np.floating[Any]]


def measure_surface(liver: NDArray[np.bool_], affine_lps: NDArray[np.floating[Any]]) -> Surface:
    """Return the distance map of a liver mask."""
    spacing = np.sqrt((affine_lps[:3, :3] ** 2).sum(0))
    found = np.argwhere(liver)
    margin = np.ceil(REACH_MM / spacing).astype(int)
    start = found.min(0) - margin
    # The box may be larger than the volume: what lies outside is not liver.
    box = np.zeros(found.max(0) + margin + 1 - start, dtype=bool)
    box[tuple((found - start).T)] = True
    outside = ndimage.distance_transform_edt(~box, sampling=spacing)
    inside = ndimage.distance_transform_edt(box, sampling=spacing)
    smooth = ndimage.gaussian_filter(
        (outside - inside).astype(np.float32), _SMOOTH_MM / spacing, mode="nearest"
    )
    origin = affine_lps.copy()
    origin[:3, 3:] = apply_affine(affine_lps, start[:, None].astype(np.float64))
    return Surface(smooth, origin)


def distances_at(surface: Surface, points: Points) -> Values:
    """Return the signed distance at LPS positions; far outside the box it is 1000 mm."""
    index = apply_affine(np.linalg.inv(surface.affine_lps), points)
    return np.asarray(
        ndimage.map_coordinates(
            surface.distances, index, order=1, mode="constant", cval=_FAR_MM, output=np.float32
        )
    )


def outward_at(surface: Surface, points: Points) -> Points:
    """Return the unit vector out of the liver at LPS positions near its surface."""
    slopes = np.empty_like(points)
    for axis in range(3):
        step = np.zeros((3, 1))
        step[axis] = 2.0
        slopes[axis] = distances_at(surface, points + step) - distances_at(surface, points - step)
    lengths = np.sqrt((slopes**2).sum(0))
    return slopes / np.maximum(lengths, 1e-6)


def shell_points(surface: Surface) -> Points:
    """Return the positions of voxels at the surface, evenly spread over its area."""
    index = np.argwhere(np.abs(surface.distances) < _SHELL_MM).T.astype(np.float64)
    return apply_affine(surface.affine_lps, index)
