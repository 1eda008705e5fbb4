"""Whether a volume may be mirrored, swapped or stretched, seen beside another of its study."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.volume import Array, Volume
from cirrhosis.imaging.geometry import image_of, volume_of
from cirrhosis.imaging.information import mutual_information

# A body is told from its mirror image by organs, which this grid still shows.
SPACING_MM = 10.0
# Breathing and another position on the table, tried in these steps along each axis.
SHIFTS = (-2, 0, 2)
BINS = 16
# Another order of axes must explain so much more, as share and in nats, to be believed.
LEAD, LEAD_NATS = 1.05, 0.01
Undo = Callable[[Volume], Volume]


def _by_array(change: Callable[[Array], Array]) -> Undo:
    return lambda volume: replace(volume, array=np.ascontiguousarray(change(volume.array)))


def _by_gap(factor: float) -> Undo:
    """Return the change of the distance between slices about the middle of the volume."""

    def undo(volume: Volume) -> Volume:
        gap, rows, columns = volume.spacing_mm
        upwards = np.reshape(volume.direction, (3, 3))[:, 2]
        start = (len(volume.array) - 1) / 2 * gap * (1 - factor)
        x, y, z = (np.array(volume.origin_mm) + upwards * start).tolist()
        return replace(volume, spacing_mm=(gap * factor, rows, columns), origin_mm=(x, y, z))

    return undo


# What may have been done to a volume, and what undoes it.
MISTAKES: dict[str, Undo] = {
    "mirrored left to right": _by_array(lambda array: array[:, :, ::-1]),
    "mirrored front to back": _by_array(lambda array: array[:, ::-1]),
    "mirrored foot to head": _by_array(lambda array: array[::-1]),
    "turned by half a turn": _by_array(lambda array: array[:, ::-1, ::-1]),
    "swapped in the plane": _by_array(lambda array: array.transpose(0, 2, 1)),
    "slices twice as far apart": _by_gap(1 / 2),
    "slices half again as far apart": _by_gap(2 / 3),
    "slices two thirds as far apart": _by_gap(3 / 2),
    "slices half as far apart": _by_gap(2),
}


def doubt_axes(fixed: Volume, moving: Volume) -> str:
    """Return which mistake in its axes would make `moving` fit better; empty if none.

    No header betrays a volume whose axes were mirrored, swapped or stretched in all its
    fields alike. Beside a second volume of the same body it shows: the mutual information of
    coarse copies (10 mm, shifted by up to 20 mm) is larger when the mistake is undone.
    """
    small = _shrink(moving)
    across = _coarse(_shrink(fixed), fixed)
    stated = _information(across, _coarse(small, fixed))
    found = {"": LEAD * stated + LEAD_NATS}
    for words, undo in MISTAKES.items():
        mended = undo(small)
        # Rows and columns of unequal number do not change places unnoticed.
        if mended.array.shape == small.array.shape:
            found[words] = _information(across, _coarse(mended, fixed))
    return max(found, key=lambda words: found[words])


def _shrink(volume: Volume) -> Volume:
    """Return the means of blocks of at most half the coarse spacing."""
    factors = [max(1, int(SPACING_MM / 2 / spacing)) for spacing in volume.spacing_mm[::-1]]
    return volume_of(sitk.BinShrink(sitk.Cast(image_of(volume), sitk.sitkFloat32), factors))


def _coarse(volume: Volume, grid: Volume) -> Array:
    """Return a volume on a coarse copy of a grid; NaN outside of it."""
    extent = np.array(grid.array.shape) * grid.spacing_mm
    target = sitk.Image(
        np.maximum(extent / SPACING_MM, 2).astype(int)[::-1].tolist(), sitk.sitkUInt8
    )
    target.SetSpacing([SPACING_MM] * 3)
    target.SetOrigin(grid.origin_mm)
    target.SetDirection(grid.direction)
    smooth = sitk.SmoothingRecursiveGaussian(image_of(volume), SPACING_MM / 2)
    resampled = sitk.Resample(
        smooth, target, sitk.Transform(), sitk.sitkLinear, float("nan"), sitk.sitkFloat32
    )
    return sitk.GetArrayFromImage(resampled)


def _information(fixed: Array, moving: Array) -> float:
    """Return the largest mutual information over all shifts, in nats."""
    return max(_information_at(fixed, moving, shift) for shift in product(SHIFTS, SHIFTS, SHIFTS))


def _information_at(fixed: Array, moving: Array, shift: tuple[int, ...]) -> float:
    sizes = zip(shift, fixed.shape, strict=True)
    inner = tuple(slice(max(step, 0), size + min(step, 0)) for step, size in sizes)
    one, other = fixed[inner], np.roll(moving, shift, (0, 1, 2))[inner]
    common = np.isfinite(one) & np.isfinite(other)
    if common.sum() < BINS**2:
        return 0.0
    # Fewer voxels make chance look like information; a stretched volume has fewer in common.
    by_chance = (BINS - 1) ** 2 / (2 * float(common.sum()))
    return mutual_information(one[common], other[common], bins=BINS) - by_chance
