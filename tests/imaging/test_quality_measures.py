import numpy as np
import pytest
import SimpleITK as sitk

from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.geometry import image_of, like
from cirrhosis.imaging.intensities import IntensitySettings
from cirrhosis.imaging.quality_measures import (
    area_jump,
    clipped_share,
    outside_share,
    overlap_dice,
)
from cirrhosis.imaging.rigid import IDENTITY, itk_transform
from tests.imaging.made_volumes import grid, liver_mask, motion


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        ([0, 10, 40, 100, 60, 0], 0.6),
        # Cut off by the border of the volume, at either end.
        ([80, 100, 50, 20], 0.8),
        ([20, 50, 100, 90], 0.9),
        ([0, 0, 100, 100, 10, 0], 1.0),
    ],
)
def test_a_jump_is_the_largest_step_of_the_largest_area(areas, expected):
    assert area_jump(np.array(areas)) == pytest.approx(expected)


@pytest.mark.parametrize(
    "moved", [IDENTITY, motion((0, 0, 0), (0, 0, 60)), motion((5, -9, 12), (70, 20, -30))]
)
def test_what_lies_outside_is_what_resampling_does_not_find(moved):
    fixed, liver = grid(), liver_mask()
    turned = (0.98, -0.199, 0.0, 0.199, 0.98, 0.0, 0.0, 0.0, 1.0)
    axes = np.linalg.qr(np.reshape(turned, (3, 3)))[0]
    direction = tuple((axes * np.sign(np.diag(axes))).ravel().tolist())
    moving = Volume(np.ones((20, 50, 40), np.float32), (5.0, 3.0, 3.5), (-70, -80, -40), direction)
    seen = sitk.Resample(
        image_of(moving), image_of(fixed), itk_transform(moved), sitk.sitkNearestNeighbor, 0.0
    )
    outside = (sitk.GetArrayFromImage(seen) == 0)[liver.array > 0].mean()
    share = outside_share(liver.array, fixed, moving, moved)
    assert 0 < share < 1
    assert share == pytest.approx(outside, abs=2e-3)


def test_nothing_of_the_liver_lies_outside_its_own_volume():
    assert outside_share(liver_mask().array, grid(), grid(), IDENTITY) == 0


def test_clipping_is_counted_where_a_ceiling_is():
    planes = np.arange(200, dtype=float).reshape(2, 10, 10)
    assert clipped_share(planes, 149.5, settings=IntensitySettings()) == 0.25
    by_slice = IntensitySettings(clip_extent="slice", clip_percentile=90)
    assert clipped_share(planes, 0.0, settings=by_slice) == 0.1


def test_overlap_is_that_of_dice():
    first = like(grid(), np.zeros(grid().array.shape, np.uint8)).array
    first[2:4] = 1
    second = np.roll(first, 1, axis=0)
    assert overlap_dice(first, first) == 1
    assert overlap_dice(first, second) == 0.5
    assert overlap_dice(first, np.roll(first, 5, axis=0)) == 0
