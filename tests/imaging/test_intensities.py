from dataclasses import replace

import numpy as np
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.imaging.intensities import (
    IntensitySettings,
    ceiling_of,
    prepare_intensities,
    prepare_mask,
)
from cirrhosis.imaging.resampling import resample_planes
from cirrhosis.imaging.rigid import IDENTITY
from tests.imaging.made_volumes import abdomen, motion

SETTINGS = IntensitySettings(image_size=32)


def planes():
    return np.random.default_rng(0).uniform(0, 100, (5, 24, 32)).astype(np.float32)


def test_values_end_in_zero_to_one_as_float16():
    prepared = prepare_intensities(planes(), 90, settings=SETTINGS)
    assert prepared.dtype == np.float16
    assert prepared.shape == (5, 32, 32)
    assert (prepared.min(), prepared.max()) == (0, 1)


def test_worked_example_of_the_order_clip_pad_resize_scale():
    # Clipped at 4, negatives at 0, one row of padding above, no resizing, scaled by 4.
    image = np.array([[[-3, 1, 2], [4, 9, 2]]], float)
    prepared = prepare_intensities(image, 4, settings=replace(SETTINGS, image_size=3))
    assert prepared[0].tolist() == [[0, 0.25, 0.5], [1, 1, 0.5], [0, 0, 0]]


def test_background_of_zero_stays_zero_and_bright_spots_do_not_darken():
    image = planes() + 50
    image[:, :4] = 0
    spot = image.copy()
    spot[2, 20, 20] = 1e6
    plain = prepare_intensities(image, 150, settings=SETTINGS)
    with_spot = prepare_intensities(spot, 150, settings=SETTINGS)
    # Eight rows of padding, so that the dark rows begin at 4.
    assert not plain[:, :8].any()
    assert np.abs(plain[:, :, :16] - with_spot[:, :, :16]).max() < 1e-3


def test_scaling_the_volume_keeps_the_brightness_between_slices():
    image = planes()
    image[3] *= 0.5
    together = prepare_intensities(image, 100, settings=SETTINGS)
    alone = prepare_intensities(image, 100, settings=replace(SETTINGS, scale_extent="slice"))
    assert together[3].max() < 0.6
    assert alone.max(axis=(1, 2)).tolist() == [1] * 5


def test_clipping_by_slice_uses_each_slice():
    image = planes()
    image[1] *= 10
    settings = replace(SETTINGS, clip_extent="slice", clip_percentile=50, scale_extent="slice")
    prepared = prepare_intensities(image, 0, settings=settings)
    inside = prepared[:, 4:28]
    assert (inside == 1).mean(axis=(1, 2)) == pytest.approx([0.5] * 5, abs=0.02)


def test_ceiling_is_the_percentile_of_the_volume():
    array = np.arange(1001, dtype=np.float32).reshape(7, 11, 13)
    assert ceiling_of(array, SETTINGS) == pytest.approx(999)


def test_constant_slices_are_refused():
    with pytest.raises(ContractError, match="one is constant after clipping"):
        prepare_intensities(np.zeros((5, 8, 8)), 10, settings=SETTINGS)


def test_mask_keeps_zero_and_one():
    mask = (planes() > 50).astype(np.uint8)
    prepared = prepare_mask(mask, image_size=48)
    assert prepared.dtype == np.uint8
    assert set(np.unique(prepared)) == {0, 1}


@pytest.mark.parametrize(
    "wrong", [{"clip_extent": "image"}, {"scale_extent": "x"}, {"clip_percentile": 0},
              {"image_size": 0}],
)  # fmt: skip
def test_settings_without_meaning_are_refused(wrong):
    with pytest.raises(ContractError, match="expected `intensities"):
        IntensitySettings(**wrong)


def test_identity_resampling_copies_the_planes():
    volume = abdomen()
    planes = resample_planes(volume, volume, IDENTITY, (3, 7, 20))
    assert planes == pytest.approx(volume.array[[3, 7, 20]], rel=1e-5)


def test_resampling_undoes_a_motion():
    truth = motion((3, 2, -5), (6, -4, 5))
    fixed, moving = abdomen(noise=0), abdomen(moved=truth, noise=0)
    back = resample_planes(moving, fixed, truth, (9, 12, 15))
    still = resample_planes(moving, fixed, IDENTITY, (9, 12, 15))
    wanted = fixed.array[[9, 12, 15]]
    assert np.abs(back - wanted).mean() < 0.3 * np.abs(still - wanted).mean()


def test_outside_the_moving_volume_is_zero():
    volume = abdomen()
    shifted = motion(shift_mm=(1000, 0, 0))
    assert not resample_planes(volume, volume, shifted, (12,)).any()
