"""Smooth random fields around a centre: white noise on a lattice under a cubic B-spline."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

# LPS positions in millimetres, shape (3, n).
Points = NDArray[np.floating[Any]]
Values = NDArray[np.float32]

_REACH_MM = 240.0
# The mean square weight of cubic B-splines on white noise is 0.479 per axis.
_SPLINE_SD = 0.479**1.5


class SmoothField(NamedTuple):
    """A field of mean 0 and standard deviation about 1.

    Attributes:
        coefficients: White noise on a cubic lattice.
        spacing_mm: Distance of lattice points; a blob is about twice as wide.
        center_mm: LPS position of the middle of the lattice.
    """

    coefficients: Values
    spacing_mm: float
    center_mm: tuple[float, float, float]


def draw_field(
    rng: np.random.Generator, *, spacing_mm: float, center_mm: tuple[float, float, float]
) -> SmoothField:
    """Draw a field; beyond 240 mm of its centre it repeats as in a mirror."""
    side = 2 * int(np.ceil(_REACH_MM / spacing_mm)) + 1
    noise = rng.standard_normal((side, side, side), dtype=np.float32)
    return SmoothField(noise, spacing_mm, center_mm)


def evaluate_field(field: SmoothField, points: Points) -> Values:
    """Return the field's value at each position, shape (n,)."""
    middle = (field.coefficients.shape[0] - 1) / 2
    index = (points - np.reshape(field.center_mm, (3, 1))) / field.spacing_mm + middle
    values = ndimage.map_coordinates(
        field.coefficients, index, order=3, prefilter=False, mode="mirror", output=np.float32
    )
    return np.asarray(values / _SPLINE_SD, dtype=np.float32)
