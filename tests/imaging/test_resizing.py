import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cirrhosis.imaging.resizing import pad_to_square, resize_linear, resize_nearest


def linear_by_definition(plane, size):
    """Sample between voxel centres one point at a time; the border voxel goes on outside."""
    length = len(plane)
    places = np.clip((np.arange(size) + 0.5) * length / size - 0.5, 0, length - 1)
    rows = np.array([np.interp(places, np.arange(length), row) for row in plane])
    return np.array([np.interp(places, np.arange(length), column) for column in rows.T]).T


@pytest.mark.parametrize("size", [5, 11, 16, 37, 64])
def test_without_antialias_is_plain_linear_interpolation(size):
    planes = np.random.default_rng(0).random((3, 16, 16))
    expected = [linear_by_definition(plane, size) for plane in planes]
    found = resize_linear(planes, size, antialias=False)
    assert found == pytest.approx(np.array(expected), abs=1e-5)


@pytest.mark.parametrize("size", [7, 16, 100])
@pytest.mark.parametrize("antialias", [True, False])
def test_agrees_with_torch(size, antialias):
    functional = pytest.importorskip("torch.nn.functional")
    import torch

    planes = np.random.default_rng(1).random((2, 37, 37)).astype(np.float32)
    oracle = functional.interpolate(
        torch.from_numpy(planes)[None], size=(size, size), mode="bilinear", antialias=antialias
    )
    found = resize_linear(planes, size, antialias=antialias)
    assert found == pytest.approx(oracle[0].numpy(), abs=1e-5)


def test_antialias_changes_no_enlargement():
    planes = np.random.default_rng(2).random((2, 20, 20))
    assert np.array_equal(
        resize_linear(planes, 64, antialias=True), resize_linear(planes, 64, antialias=False)
    )


def test_antialias_keeps_a_fine_pattern_at_its_mean():
    board = np.indices((64, 64)).sum(0)[None] % 2
    assert np.ptp(resize_linear(board, 13, antialias=True)) < 0.05
    assert np.ptp(resize_linear(board, 13, antialias=False)) > 0.5


@given(st.integers(1, 40), st.integers(1, 40), st.booleans())
def test_a_constant_stays_constant(length, size, antialias):
    plane = np.full((1, length, length), 3.5)
    resized = resize_linear(plane, size, antialias=antialias)
    assert resized.shape == (1, size, size)
    assert resized == pytest.approx(np.full((1, size, size), 3.5), abs=1e-5)


@given(st.integers(2, 30), st.integers(2, 60))
def test_mirrored_images_give_mirrored_results(length, size):
    planes = np.random.default_rng(length).random((1, length, length))
    mirrored = resize_linear(planes[:, ::-1], size, antialias=True)[:, ::-1]
    assert mirrored == pytest.approx(resize_linear(planes, size, antialias=True), abs=1e-5)


@pytest.mark.parametrize(("shape", "rows", "columns"), [((4, 8), 2, 0), ((8, 5), 0, 1)])
def test_padding_is_zero_and_centred(shape, rows, columns):
    padded = pad_to_square(np.ones((2, *shape)))
    assert padded.shape == (2, 8, 8)
    assert padded[:, rows : rows + shape[0], columns : columns + shape[1]].all()
    assert padded.sum() == 2 * shape[0] * shape[1]


def test_nearest_makes_no_new_values_and_repeats_voxels():
    planes = np.array([[[0, 1], [1, 0]]], np.uint8)
    assert np.array_equal(resize_nearest(planes, 6)[0], np.kron(planes[0], np.ones((3, 3))))


@pytest.mark.parametrize("size", [13, 77, 90])
def test_mask_and_image_stay_aligned(size):
    mask = np.zeros((1, 30, 30), np.uint8)
    mask[0, 7:19] = 1
    # The nearest voxel is liver exactly where linear interpolation gives more than one half.
    image = resize_linear(mask.astype(float), size, antialias=False)
    assert np.array_equal(resize_nearest(mask, size), image > 0.5)
