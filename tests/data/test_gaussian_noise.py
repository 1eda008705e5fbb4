"""The fast noise is Gaussian within its stated limits, and its streams are independent."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from cirrhosis.data.gaussian_noise import N_LEVELS, PART, fill_gaussian, gaussian_levels


def draw(size, seed=1, name=(0,)):
    out = torch.empty(size)
    fill_gaussian(out, seed, name)
    return out.numpy()


@pytest.fixture(scope="module")
def numbers():
    return draw(2**22)


def test_levels_have_the_moments_of_a_normal():
    levels = gaussian_levels().numpy().astype(float)
    assert len(levels) == N_LEVELS
    assert np.all(np.diff(levels) > 0)
    moments = [float((levels**power).mean()) for power in range(1, 7)]
    assert moments == pytest.approx([0, 1, 0, 3, 0, 15], abs=0.05)
    assert moments[:3] == pytest.approx([0, 1, 0], abs=1e-6)
    np.testing.assert_allclose(levels, -levels[::-1], atol=1e-6)


def test_distribution_of_levels_is_within_2_to_minus_16_of_the_normals():
    levels = gaussian_levels().numpy().astype(float)
    below = stats.norm.cdf(levels)
    steps = np.arange(N_LEVELS + 1) / N_LEVELS
    distance = max(np.abs(below - steps[1:]).max(), np.abs(below - steps[:-1]).max())
    assert distance < 2**-16
    assert 4 < levels.max() < 4.4


def test_drawn_numbers_have_the_moments_and_the_tails_of_a_normal(numbers):
    n = len(numbers)
    values = numbers.astype(float)
    # Standard errors of the moments of a normal sample; five of them are exceeded once in
    # two million.
    for power, expected, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((values**power).mean() - expected) < 5 * math.sqrt(variance / n) + 0.003
    for limit in (1, 2, 3, 4):
        expected = 2 * stats.norm.sf(limit)
        error = math.sqrt(expected / n)
        assert np.mean(np.abs(values) > limit) == pytest.approx(expected, abs=5 * error + 2**-16)
    assert stats.kstest(values[: 2**18], "norm").pvalue > 0.001


def test_every_level_is_drawn_equally_often(numbers):
    counts = np.unique(numbers, return_counts=True)[1]
    assert len(counts) == N_LEVELS
    assert stats.chisquare(counts).pvalue > 0.001


@pytest.mark.parametrize("lag", [1, 2, 3, 4, 5, 8, 512, 262_144])
def test_neighbours_of_one_stream_are_uncorrelated(numbers, lag):
    left, right = numbers[:-lag], numbers[lag:]
    for one, other in ((left, right), (left**2 - 1, right**2 - 1)):
        assert abs(np.corrcoef(one, other)[0, 1]) < 5 / math.sqrt(len(left))


def test_streams_of_patients_parts_and_seeds_are_uncorrelated():
    size = 2**16
    streams = [
        draw(size, seed, (patient, block))
        for seed in (1, 2)
        for patient in (0, 1)
        for block in (0, 1)
    ]
    streams += list(torch.from_numpy(draw(3 * PART)).split(PART))[1:]
    cut = np.stack([np.asarray(stream)[:size] for stream in streams])
    between = np.corrcoef(cut) - np.eye(len(cut))
    assert np.abs(between).max() < 5 / math.sqrt(size)
    # At no shift of one against the other either: all of them by one Fourier transform.
    spectra = np.fft.rfft(cut, axis=1)
    for first, second in ((0, 1), (0, 2), (0, 4), (8, 9)):
        shifted = np.fft.irfft(spectra[first] * spectra[second].conj()) / size
        assert np.abs(shifted).max() < 6.5 / math.sqrt(size)


@pytest.mark.parametrize("size", [1, 3, 5, PART - 1, PART + 1])
def test_any_size_is_filled_from_the_same_stream(size):
    np.testing.assert_array_equal(draw(size)[:PART], draw(2 * PART)[: min(size, PART)])
