"""An abdomen of ellipsoids, evaluated where each voxel lies: no resampling in the truth."""

from functools import lru_cache
from itertools import product
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.volume import RigidTransform, Volume
from cirrhosis.imaging.geometry import image_of, like, points_of
from cirrhosis.imaging.rigid import IDENTITY, rigid_transform

# Name: centre and half axes in LPS millimetres, and intensity per sequence.
BODY = ((0, 0, 0), (115, 85, 200))
LIVER = ((-40, -5, 0), (55, 50, 42))
LEFT_LOBE = ((10, -35, 12), (45, 22, 20))
INSIDE = (
    ((-30, 10, 5), (40, 6, 6)),
    ((-45, -20, -10), (6, 25, 7)),
    ((-60, 10, -20), (9, 9, 9)),
    ((-20, -25, 18), (10, 8, 7)),
    ((-65, -15, 15), (5, 5, 22)),
)
SPLEEN = ((70, 30, 5), (25, 30, 35))
SPINE = ((0, 60, 0), (18, 18, 200))
CONTRASTS = {
    "pvp": (200, 500, 800, 600, 150),
    "t1": (220, 420, 250, 330, 120),
    "t2": (300, 180, 480, 500, 90),
}
SHAPE, SPACING_MM = (24, 64, 64), (6.0, 4.0, 4.0)


def grid(shape=SHAPE, spacing_mm=SPACING_MM):
    """Return an empty volume centred on the origin."""
    empty = Volume(
        np.zeros(shape, np.float32), spacing_mm, (0.0, 0.0, 0.0), (1, 0, 0, 0, 1, 0, 0, 0, 1)
    )
    middle = points_of(empty, (np.array([shape]) - 1) / 2)[0]
    return Volume(
        empty.array, spacing_mm, tuple((-middle).tolist()), tuple(map(float, empty.direction))
    )


def motion(degrees=(0, 0, 0), shift_mm=(0, 0, 0)):
    """Return a rigid motion about the liver's centre."""
    euler = sitk.Euler3DTransform()
    euler.SetCenter([float(value) for value in LIVER[0]])
    euler.SetRotation(*np.deg2rad(np.array(degrees, float)).tolist())
    euler.SetTranslation([float(value) for value in shift_mm])
    return rigid_transform(euler)


def abdomen(sequence="pvp", *, moved: RigidTransform = IDENTITY, noise=10.0, seed=0):
    """Return the abdomen in one contrast after a rigid motion, float32."""
    values = _clean(sequence, moved)
    rng = np.random.default_rng(seed)
    noisy = np.abs(values + rng.normal(0, noise, values.shape))
    return like(grid(), noisy.reshape(SHAPE).astype(np.float32))


@lru_cache
def _clean(sequence, moved):
    points = _voxel_points(grid())
    # Eight points per voxel, as a scanner averages over what a voxel covers.
    quarter = np.array(SPACING_MM[::-1]) / 4
    corners = quarter * np.array(list(product((-1, 1), repeat=3)))
    return np.mean([_intensity(_undo(moved, points + corner), sequence) for corner in corners], 0)


def _intensity(points, sequence):
    body, liver, inside, spleen, spine = CONTRASTS[sequence]
    values = np.zeros(len(points))
    for (center, axes), value in [
        (BODY, body),
        (LIVER, liver),
        (LEFT_LOBE, liver),
        (SPLEEN, spleen),
        (SPINE, spine),
        *((part, inside) for part in INSIDE),
    ]:
        values[_within(points, center, axes)] = value
    return values


@lru_cache
def liver_mask(moved: RigidTransform = IDENTITY):
    """Return the liver of the abdomen after a rigid motion."""
    empty = grid()
    points = _undo(moved, _voxel_points(empty))
    inside = _within(points, *LIVER) | _within(points, *LEFT_LOBE)
    return like(empty, inside.reshape(SHAPE).astype(np.uint8))


@lru_cache
def liver_points():
    """Return LPS positions of the liver's voxels."""
    mask = liver_mask()
    return points_of(mask, np.argwhere(mask.array))


def write(volume: Volume, path: Path) -> Path:
    """Write a volume as NIfTI."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sitk.WriteImage(image_of(volume), str(path))
    return path


def _voxel_points(volume):
    return points_of(volume, np.indices(volume.array.shape).reshape(3, -1).T)


def _undo(moved, points):
    rotation, center = np.reshape(moved.rotation, (3, 3)), np.array(moved.center_mm)
    return (points - center - np.array(moved.translation_mm)) @ rotation + center


def _within(points, center, axes):
    return (((points - np.array(center)) / np.array(axes)) ** 2).sum(1) <= 1
