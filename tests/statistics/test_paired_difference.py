"""Bonett and Price's interval: a worked case, its symmetry, its width and its coverage."""

import numpy as np
import pytest

from cirrhosis.statistics.paired_difference import paired_difference


def make_pairs(both, first, second, neither):
    """Return two columns with these numbers of pairs."""
    pairs = [(1, 1)] * both + [(1, 0)] * first + [(0, 1)] * second + [(0, 0)] * neither
    return np.array(pairs).T


def test_a_case_worked_by_hand():
    # 12 pairs right by the first alone and 2 by the second alone, of 50: shares 13/52, 3/52.
    found = paired_difference(*make_pairs(20, 12, 2, 16))
    middle, variance = 10 / 52, (16 / 52 - (10 / 52) ** 2) / 52
    margin = 1.959963984540054 * variance**0.5
    assert found.value == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((middle - margin, middle + margin))
    assert found.low == pytest.approx(0.0508, abs=5e-4)
    assert (found.n, found.method) == (50, "bonett_price")


def test_exchange_of_the_calls_mirrors_the_interval():
    first, second = make_pairs(5, 4, 1, 3)
    one, other = paired_difference(first, second), paired_difference(second, first)
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))


def test_equal_calls_still_have_an_interval():
    found = paired_difference([1, 0, 1], [1, 0, 1])
    assert found.value == 0
    assert found.low < 0 < found.high


def test_limits_stay_inside_minus_one_and_one():
    found = paired_difference([1, 1], [0, 0], confidence_level=0.999)
    assert -1 <= found.low < found.high == 1


def test_more_confidence_is_wider():
    columns = make_pairs(5, 4, 1, 3)
    narrow, wide = (paired_difference(*columns, confidence_level=level) for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.high < wide.high


def test_coverage_is_near_the_level_in_small_samples():
    # True difference 0.3 - 0.1; 1,500 samples have a standard error of 0.6 points.
    rng = np.random.default_rng(5)
    counts = rng.multinomial(30, [0.4, 0.3, 0.1, 0.2], size=1500)
    covered = 0
    for both, first, second, neither in counts:
        found = paired_difference(*make_pairs(both, first, second, neither))
        covered += found.low <= 0.2 <= found.high
    assert 0.93 < covered / 1500 < 0.98
