"""The shape of one patient's abdomen, in LPS millimetres around the middle of the liver."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cirrhosis.phantom.shapes import Capsule, Ellipsoid, Shape

Vector = tuple[float, float, float]
_INFINITE_MM = 1e4
# Liver lobes blend over this distance, which fills the grooves between the ellipsoids.
LOBE_BLEND_MM = 6.0


@dataclass(frozen=True)
class Build:
    """What decides the shape of one abdomen.

    Attributes:
        geometry: Severity as geometry shows it, times the image strength.
        ascites: Ascites of the clinical table: 0 none, 1 mild, 2 moderate.
        n_lesions: Focal liver lesions.
        largest_lesion_mm: Diameter of the largest lesion.
    """

    geometry: float
    ascites: int
    n_lesions: int
    largest_lesion_mm: float


@dataclass(frozen=True)
class Anatomy:
    """One abdomen.

    Attributes:
        body_radii_mm: Half width and half depth of the trunk.
        fat_mm: Thickness of the subcutaneous fat.
        organs: Tissue and body of what surrounds the liver; later ones cover earlier ones.
        lobes: Bodies that blend into the liver.
        vessels: Vessels of the liver.
        lesions: Focal lesions of the liver.
        nodularity_mm: Standard deviation of the unevenness of the liver's surface.
        ascites_mm: Thickness of the fluid around the liver.
    """

    body_radii_mm: tuple[float, float]
    fat_mm: float
    organs: tuple[tuple[str, Shape], ...]
    lobes: tuple[Ellipsoid, ...]
    vessels: tuple[Capsule, ...]
    lesions: tuple[Ellipsoid, ...]
    nodularity_mm: float
    ascites_mm: float


def make_anatomy(build: Build, rng: np.random.Generator) -> Anatomy:
    """Draw one abdomen.

    Cirrhosis shrinks the right lobe, widens the left and the caudate, swells the spleen and
    makes the surface uneven; the spread between patients is larger than these effects.
    """
    size = float(np.exp(0.06 * rng.standard_normal()))
    jitter = np.exp(0.07 * rng.standard_normal(8))
    shift = 4.0 * rng.standard_normal((4, 3))
    degree = float(np.clip(build.geometry, -4, 4))
    lobes = _lobes(size, jitter, shift, degree)
    return Anatomy(
        body_radii_mm=(163 * size * float(jitter[4]) ** 0.4, 112 * size * float(jitter[5]) ** 0.4),
        fat_mm=float(np.clip(16 * jitter[6] ** 4, 8, 28)),
        organs=_organs(size, jitter, shift, degree),
        lobes=lobes,
        vessels=_vessels(size, rng),
        lesions=_lesions(build, lobes, rng),
        nodularity_mm=float(np.clip(1.2 * np.exp(0.25 * degree), 0, 4)),
        ascites_mm=(0.0, 7.0, 13.0)[build.ascites],
    )


def _lobes(
    size: float, jitter: NDArray[np.float64], shift: NDArray[np.float64], degree: float
) -> tuple[Ellipsoid, ...]:
    right = size * jitter[0] * np.exp(-0.02 * degree)
    left = size * jitter[1] * np.exp(0.02 * degree)
    caudate = size * jitter[2] * np.exp(0.05 * degree)
    return (
        _ellipsoid((-78 * size, 2, -2), (62, 76, 74), right, shift[0] / 2),
        _ellipsoid((-12 * size, -38, 16), (62, 38, 42), left, shift[1]),
        _ellipsoid((-22 * size, 18, 12), (24, 22, 30), caudate, shift[1] / 2),
    )


def _organs(
    size: float, jitter: NDArray[np.float64], shift: NDArray[np.float64], degree: float
) -> tuple[tuple[str, Shape], ...]:
    spleen = size * jitter[3] ** 1.5 * np.exp(0.05 * degree)
    tall = _INFINITE_MM
    return (
        ("lung", _ellipsoid((-80, 0, 128), (74, 88, 62), size, shift[2])),
        ("lung", _ellipsoid((80, 0, 118), (70, 88, 62), size, shift[2])),
        ("bone", _ellipsoid((0, 74, 0), (24, 20, tall), size, np.zeros(3))),
        ("fluid", _ellipsoid((0, 86, 0), (8, 7, tall), size, np.zeros(3))),
        ("muscle", _ellipsoid((-46, 80, -10), (28, 20, tall), size, np.zeros(3))),
        ("muscle", _ellipsoid((46, 80, -10), (28, 20, tall), size, np.zeros(3))),
        ("vessel", _ellipsoid((14, 46, 0), (10, 10, tall), size, shift[3] / 4)),
        ("vessel", _ellipsoid((-24, 44, 0), (12, 9, tall), size, shift[3] / 4)),
        ("kidney", _ellipsoid((-66, 56, -78), (26, 24, 50), size, shift[2])),
        ("kidney", _ellipsoid((66, 54, -62), (26, 24, 50), size, shift[3])),
        ("pancreas", _ellipsoid((24, 2, -36), (48, 14, 16), size, shift[3])),
        ("bowel", _ellipsoid((62, -42, 6), (42, 34, 46), size, shift[3])),
        ("fluid", _ellipsoid((66, -26, 2), (20, 14, 24), size, shift[3])),
        ("spleen", _ellipsoid((100, 34, 18), (30, 44, 46), spleen, shift[3] / 2)),
    )


def _vessels(size: float, rng: np.random.Generator) -> tuple[Capsule, ...]:
    confluence = np.array([-24.0, 36.0, 44.0]) * size
    hilum = np.array([-34.0, 8.0, -14.0]) * size
    hepatic_ends = np.array([[-112.0, 10, 12], [-76.0, -36, 10], [-16.0, -42, 22]]) * size
    portal_ends = np.array([[-106.0, 26, -28], [-96.0, -30, -20], [-16.0, -34, 8]]) * size
    ends = np.concatenate([hepatic_ends, portal_ends]) + 7 * rng.standard_normal((6, 3))
    starts = np.repeat([confluence, hilum], 3, axis=0)
    radii = 4.5 * np.exp(0.15 * rng.standard_normal(6))
    return tuple(
        Capsule(_vector(start), _vector(end), float(radius))
        for start, end, radius in zip(starts, ends, radii, strict=True)
    )


def _lesions(
    build: Build, lobes: tuple[Ellipsoid, ...], rng: np.random.Generator
) -> tuple[Ellipsoid, ...]:
    lesions = []
    for k in range(build.n_lesions):
        lobe = lobes[0] if rng.random() < 0.75 else lobes[1]
        direction = rng.standard_normal(3)
        place = direction / np.linalg.norm(direction) * rng.random() ** (1 / 3) * 0.8
        center = np.asarray(lobe.center_mm) + place * np.asarray(lobe.radii_mm)
        shrink = 1.0 if k == 0 else 0.3 + 0.6 * rng.random()
        # A lesion larger than its lobe would leave no liver to look at.
        radius = min(build.largest_lesion_mm / 2 * shrink, 0.7 * min(lobe.radii_mm))
        radii = radius * np.exp(0.1 * rng.standard_normal(3))
        lesions.append(Ellipsoid(_vector(center), _vector(radii)))
    return tuple(lesions)


def _ellipsoid(
    center: Vector, radii: Vector, scale: float, shift: NDArray[np.float64]
) -> Ellipsoid:
    return Ellipsoid(_vector(np.asarray(center) + shift), _vector(scale * np.asarray(radii)))


def _vector(values: NDArray[np.float64]) -> Vector:
    return (float(values[0]), float(values[1]), float(values[2]))
