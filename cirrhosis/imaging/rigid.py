"""Rigid transforms between the contract's numbers and SimpleITK."""

import math

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.volume import Array, RigidTransform

UNIT = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
IDENTITY = RigidTransform(UNIT, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))


def itk_transform(transform: RigidTransform) -> sitk.Transform:
    """Return the SimpleITK transform that maps fixed points to moving points."""
    affine = sitk.AffineTransform(3)
    affine.SetMatrix(transform.rotation)
    affine.SetCenter(transform.center_mm)
    affine.SetTranslation(transform.translation_mm)
    return affine


def rigid_transform(euler: sitk.Euler3DTransform) -> RigidTransform:
    """Return the contract's numbers of a SimpleITK Euler transform."""
    return RigidTransform(euler.GetMatrix(), euler.GetCenter(), euler.GetTranslation())


def apply(transform: RigidTransform, points: Array) -> Array:
    """Return where LPS `points` of the fixed volume, shape (n, 3), lie in the moving one."""
    rotation, center = np.reshape(transform.rotation, (3, 3)), np.array(transform.center_mm)
    moved: Array = (points - center) @ rotation.T + center + np.array(transform.translation_mm)
    return moved


def recentred(transform: RigidTransform, center_mm: tuple[float, float, float]) -> RigidTransform:
    """Return the same transform written about another centre."""
    moved = apply(transform, np.array([center_mm]))[0] - np.array(center_mm)
    x, y, z = moved.tolist()
    return RigidTransform(transform.rotation, center_mm, (x, y, z))


def is_rigid(transform: RigidTransform, tolerance: float = 1e-4) -> bool:
    """Return whether the numbers are finite and the matrix turns without mirror or stretch."""
    numbers = (*transform.rotation, *transform.center_mm, *transform.translation_mm)
    if not np.isfinite(numbers).all():
        return False
    rotation = np.reshape(transform.rotation, (3, 3))
    orthonormal = np.allclose(rotation @ rotation.T, np.eye(3), atol=tolerance)
    return orthonormal and float(np.linalg.det(rotation)) > 0


def rotation_deg(transform: RigidTransform) -> float:
    """Return the angle of the rotation about its own axis, in degrees."""
    trace = transform.rotation[0] + transform.rotation[4] + transform.rotation[8]
    return math.degrees(math.acos(min(1.0, max(-1.0, (trace - 1) / 2))))


def translation_mm(transform: RigidTransform) -> float:
    """Return how far the centre of rotation moves, in millimetres."""
    return math.hypot(*transform.translation_mm)
