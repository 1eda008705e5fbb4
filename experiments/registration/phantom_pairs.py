"""Pairs of the digital phantom, evaluated where each voxel lies: the truth is exact."""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import SimpleITK as sitk
from pair import Pair, draw_in_ball
from scipy.spatial.transform import Rotation

from cirrhosis.contracts.volume import RigidTransform, Volume
from cirrhosis.imaging.geometry import volume_of
from cirrhosis.phantom.clinical_table import make_clinical_table
from cirrhosis.phantom.digital_cohort import make_plans
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.examination import PatientPlan, Scan, examine
from cirrhosis.phantom.motions import PIVOT_MM, STILL, Motion, PatientMotion
from cirrhosis.phantom.severity import make_severity

# Voxels of 1.5 x 1.5 x 5.4 mm in t1, 1.6 x 1.6 x 5.9 in t2, 1.5 x 1.5 x 5.2 in pvp.
GRID = {"in_plane_voxels": 256, "n_slices": 36}
SCANNER = {"liver_snr": 18.0, "bias_field": 0.5}
CONTRASTS = ("t1", "t2")
# How the direction of a breath favours the axes: hardly to the side, mostly along the body.
BREATH = np.array([0.2, 0.35, 1.0])


def phantom_pairs(scenario: str, n_anatomies: int, seed: int) -> Iterator[Pair]:
    """Yield two pairs of each anatomy: t1 and t2 against pvp.

    Args:
        scenario: `whole` or `breathing`.
        n_anatomies: How many.
        seed: Of anatomies, contrasts, noise and motions.
    """
    for number in range(n_anatomies):
        for contrast in CONTRASTS:
            rng = np.random.default_rng([seed, number, CONTRASTS.index(contrast), len(scenario)])
            yield make_pair(scenario, number, contrast, seed, rng)


def make_pair(
    scenario: str, number: int, contrast: str, seed: int, rng: np.random.Generator
) -> Pair:
    """Make one pair with a motion drawn from the whole range."""
    motion = draw_motion(scenario, rng)
    plans, settings = _plans(max(12, number + 1), seed)
    fixed, liver = _fixed(number, seed)
    moving = volume_at(next(examine(plans[number], settings, {contrast: motion})))
    return Pair(
        f"{seed}-{number:02d}-{contrast}",
        contrast,
        fixed,
        moving[0],
        liver,
        rigid_of(motion.organs),
    )


def draw_motion(scenario: str, rng: np.random.Generator) -> PatientMotion:
    """Draw up to 15 mm and 8 degrees of the whole, or up to 15 mm and 5 degrees of organs."""
    if scenario == "whole":
        whole = _motion(draw_in_ball(rng, 15.0), draw_in_ball(rng, 8.0))
        return PatientMotion(whole, whole)
    organs = _motion(draw_in_ball(rng, 15.0, BREATH), draw_in_ball(rng, 5.0))
    return PatientMotion(organs, _motion(draw_in_ball(rng, 2.0), draw_in_ball(rng, 1.0)))


def rigid_of(motion: Motion) -> RigidTransform:
    """Return a motion of the phantom as a transform from fixed to moving space."""
    turn = Rotation.from_rotvec(motion.rotation_deg, degrees=True).as_matrix()
    return RigidTransform(tuple(turn.ravel().tolist()), PIVOT_MM, motion.translation_mm)


def volume_at(scan: Scan) -> tuple[Volume, Volume]:
    """Return image and liver of a scan in LPS."""
    volume, liver = (
        volume_of(_image(voxels, scan.grid.affine_lps)) for voxels in (scan.volume, scan.liver_mask)
    )
    image = Volume(
        volume.array.astype(np.float32), volume.spacing_mm, volume.origin_mm, volume.direction
    )
    return image, liver


def _image(voxels: np.ndarray, affine: np.ndarray) -> sitk.Image:
    image = sitk.GetImageFromArray(np.ascontiguousarray(voxels.transpose()))
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((affine[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(affine[:3, 3].tolist())
    return image


@lru_cache(maxsize=2)
def _plans(n: int, seed: int) -> tuple[list[PatientPlan], DigitalSettings]:
    settings = DigitalSettings(n_patients=n, seed=seed, **GRID, **SCANNER)
    severity = make_severity(n, seed, signal=settings.signal)
    return make_plans(make_clinical_table(severity, settings), severity, settings), settings


@lru_cache(maxsize=1)
def _fixed(number: int, seed: int) -> tuple[Volume, Volume]:
    plans, settings = _plans(max(12, number + 1), seed)
    return volume_at(next(examine(plans[number], settings, {"pvp": PatientMotion(STILL, STILL)})))


def _motion(shift_mm: np.ndarray, rotation_deg: np.ndarray) -> Motion:
    return Motion(tuple(shift_mm.tolist()), tuple(rotation_deg.tolist()))
