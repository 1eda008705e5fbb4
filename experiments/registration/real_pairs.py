"""Pairs of a real volume and itself after a known motion, in another contrast and grid."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from pair import Pair, draw_in_ball
from scipy.spatial.transform import Rotation

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Array, RigidTransform, Volume
from cirrhosis.imaging.geometry import image_of, like, points_of, volume_of
from cirrhosis.imaging.reading import read_volume
from cirrhosis.imaging.rigid import itk_transform

CONTRASTS = ("gamma", "inverted")
LIVER_SNR = 18.0
# Of the moving grid against the fixed one: voxels, and a shift of half a slice or so.
SPACING_SHARES = (0.85, 1.2, 1.2)
GRID_SHIFT_MM = (3.0, -2.0, 2.5)


def real_pairs(folder: Path, seed: int) -> Iterator[Pair]:
    """Yield two pairs of each `image_<id>.nii.gz` whose `label_<id>.nii.gz` holds liver as 1."""
    paths = sorted(folder.glob("image_*.nii.gz"), key=lambda path: path.name)
    if not paths:
        raise ContractError(f"expected image_<id>.nii.gz in {folder}, but there is none")
    for path in paths:
        number = path.name.removeprefix("image_").removesuffix(".nii.gz")
        fixed = read_volume(path)
        labels = read_volume(folder / f"label_{number}.nii.gz")
        liver = like(labels, (labels.array == 1).astype(np.uint8))
        for contrast in CONTRASTS:
            rng = np.random.default_rng([seed, int(number), CONTRASTS.index(contrast)])
            truth = _draw_motion(liver, rng)
            moving = _scan_again(fixed, liver, truth, contrast, rng)
            yield Pair(f"{number}-{contrast}", contrast, fixed, moving, liver, truth)


def _draw_motion(liver: Volume, rng: np.random.Generator) -> RigidTransform:
    turn = Rotation.from_rotvec(draw_in_ball(rng, 8.0), degrees=True).as_matrix()
    x, y, z = points_of(liver, np.argwhere(liver.array).mean(0, keepdims=True))[0].tolist()
    right, back, up = draw_in_ball(rng, 15.0).tolist()
    return RigidTransform(tuple(turn.ravel().tolist()), (x, y, z), (right, back, up))


def _scan_again(
    fixed: Volume, liver: Volume, truth: RigidTransform, contrast: str, rng: np.random.Generator
) -> Volume:
    """Return the volume after `truth`, changed in contrast and grid, with noise."""
    share = np.clip(fixed.array / np.percentile(fixed.array, 99.9), 0, 1)
    changed = share**0.6 if contrast == "gamma" else np.where(share > 0.02, 1 - share, 0)
    noise_sd = float(changed[liver.array > 0].mean()) / LIVER_SNR
    moved = volume_of(_resampled(like(fixed, changed.astype(np.float32)), truth))
    noise = rng.normal(0, noise_sd, (2, *moved.array.shape))
    return like(moved, _magnitude(moved.array, noise).astype(np.float32))


def _resampled(volume: Volume, truth: RigidTransform) -> sitk.Image:
    spacing = np.array(volume.spacing_mm) * SPACING_SHARES
    size = np.ceil(np.array(volume.array.shape) / SPACING_SHARES).astype(int)
    grid = sitk.ResampleImageFilter()
    grid.SetSize(size[::-1].tolist())
    grid.SetOutputSpacing(spacing[::-1].tolist())
    grid.SetOutputOrigin((np.array(volume.origin_mm) + GRID_SHIFT_MM).tolist())
    grid.SetOutputDirection(volume.direction)
    # A point of the moving grid shows what lay there before the motion.
    grid.SetTransform(itk_transform(truth).GetInverse())
    # Linear weights would blur by half a slice of 8 mm where slices meet midway.
    grid.SetInterpolator(sitk.sitkBSpline)
    return grid.Execute(image_of(volume))


def _magnitude(signal: Array, noise: Array) -> Array:
    return np.hypot(np.maximum(signal, 0) + noise[0], noise[1])
