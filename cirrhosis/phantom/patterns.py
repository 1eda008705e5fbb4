"""The texture of the liver: fixed to the tissue, so that every sequence sees the same one.

Nodules and septa are drawn far larger than in life, because prepared slices have about 6 mm
per pixel; what is synthetic is not their visibility alone but their size.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.stats import norm

# Mean-square weight of cubic B-splines on white noise is 0.479 per axis.
_SPLINE_SD = 0.479**1.5
_REACH_MM = 170.0


class Field(NamedTuple):
    """A smooth random field: white noise on a lattice under a cubic B-spline."""

    coefficients: NDArray[np.float32]
    spacing_mm: float


class LiverTexture(NamedTuple):
    """The fields of one liver: regenerative nodules, fibrous septa and surface bumps."""

    nodules: Field
    septa: Field
    surface: Field


# Lattice spacings; a blob is about twice as wide.
_NODULES_MM, _SEPTA_MM, _SURFACE_MM = 12.0, 16.0, 9.0
# Nodules are what of their field exceeds the level, up to the ceiling that keeps the brightest
# of them below the tissue that scales the image. Septa run where their field is near zero.
_LEVEL, _CEILING = 0.7, 1.2
_SEPTUM_WIDTH = 0.45


def make_texture(rng: np.random.Generator) -> LiverTexture:
    """Draw the fields of one liver."""
    return LiverTexture(
        _make_field(rng, _NODULES_MM), _make_field(rng, _SEPTA_MM), _make_field(rng, _SURFACE_MM)
    )


def field_values(field: Field, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the field at LPS positions of shape (3, n): mean 0, standard deviation about 1."""
    index = (points + _REACH_MM) / field.spacing_mm
    values = ndimage.map_coordinates(
        field.coefficients, index, order=3, prefilter=False, mode="nearest"
    )
    return np.asarray(values / _SPLINE_SD, dtype=np.float32)


def nodule_pattern(texture: LiverTexture, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return scattered round nodules of mean 0 and standard deviation about 1."""
    return _standardise(_find_nodules, field_values(texture.nodules, points))


def septum_pattern(texture: LiverTexture, points: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a bright net around dark cells, of mean 0 and standard deviation about 1."""
    return _standardise(_find_septa, field_values(texture.septa, points))


def _find_nodules(values: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.clip(values - _LEVEL, 0, _CEILING)


def _find_septa(values: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.exp(-((values / _SEPTUM_WIDTH) ** 2))


def _standardise(
    find: Callable[[NDArray[np.floating]], NDArray[np.floating]], values: NDArray[np.float32]
) -> NDArray[np.float32]:
    # The moments are those of a normal field, not of this liver: a pattern that leaves the
    # mean of livers alone gives no shortcut by mean intensity.
    nodes = np.linspace(-6, 6, 2001)
    weights = norm.pdf(nodes) / norm.pdf(nodes).sum()
    mean = float(weights @ find(nodes))
    sd = float(np.sqrt(weights @ (find(nodes) - mean) ** 2))
    return np.asarray((find(values) - mean) / sd, dtype=np.float32)


def _make_field(rng: np.random.Generator, spacing_mm: float) -> Field:
    n = int(np.ceil(2 * _REACH_MM / spacing_mm)) + 1
    return Field(rng.standard_normal((n, n, n), dtype=np.float32), spacing_mm)
