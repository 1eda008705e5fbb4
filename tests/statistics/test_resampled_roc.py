"""Resamples measured at once: what they give is what repeated rows give."""

import numpy as np
import pytest

from cirrhosis.statistics.delong import delong_covariance
from cirrhosis.statistics.resampled_roc import difference_variance, measure_resamples
from cirrhosis.statistics.thresholds import youden_threshold

N, RESAMPLES = 40, 30


@pytest.fixture(scope="module", params=[1, 6])
def drawn(request):
    """Classes, two scores rounded to tenths or not, and how often each patient is drawn."""
    rng = np.random.default_rng(4)
    truth = rng.random(N) < 0.4
    scores = np.round(rng.normal(size=(2, N)) + truth, request.param)
    weights = np.stack(
        [np.bincount(rng.integers(N, size=N), minlength=N) for _ in range(RESAMPLES)]
    )
    return truth, scores, weights


def test_a_resample_is_its_repeated_rows(drawn):
    truth, (first, second), weights = drawn
    found = measure_resamples(truth, first, weights)
    apart = difference_variance(truth, first, second, weights)
    for at, counts in enumerate(weights):
        rows = np.repeat(np.arange(N), counts)
        expected = delong_covariance(truth[rows], first[rows], second[rows])
        covariance = expected.covariance
        assert found.area[at] == pytest.approx(expected.areas[0], abs=1e-14)
        assert found.variance[at] == pytest.approx(covariance[0, 0], abs=1e-14)
        of_difference = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
        assert apart[at] == pytest.approx(of_difference, abs=1e-14)
        cut_off = youden_threshold(truth[rows], first[rows])
        imbalance = abs(cut_off.sensitivity - cut_off.specificity)
        assert found.imbalance[at] == pytest.approx(imbalance, abs=1e-14)


def test_a_resample_without_a_class_has_no_area():
    found = measure_resamples([0, 1, 1], [1.0, 2.0, 0.0], [[0, 1, 2], [1, 1, 0], [2, 2, 0]])
    assert np.isnan(found.area).tolist() == [True, False, False]
    assert np.isnan(found.imbalance).tolist() == [True, False, False]
    # One row of a class has an area and no variance.
    assert np.isnan(found.variance).tolist() == [True, True, False]


def test_equal_counts_of_pairs_are_equal_areas():
    # Six of nine pairs in both, summed in another order.
    first = measure_resamples([0, 0, 0, 1, 1, 1], [1, 2, 5, 3, 4, 0], np.ones((1, 6)))
    second = measure_resamples([0, 0, 0, 1, 1, 1], [0, 3, 4, 5, 2, 1], np.ones((1, 6)))
    expected = delong_covariance([0, 0, 0, 1, 1, 1], [1, 2, 5, 3, 4, 0], [0, 3, 4, 5, 2, 1]).areas
    assert [first.area[0], second.area[0]] == pytest.approx(expected.tolist())
