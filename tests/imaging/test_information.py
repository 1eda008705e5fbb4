import numpy as np
import pytest
from sklearn.metrics import mutual_info_score

from cirrhosis.imaging.information import mutual_information


def test_agrees_with_scikit_learn_on_whole_numbers():
    rng = np.random.default_rng(0)
    first = rng.integers(0, 8, 5000)
    second = (first + rng.integers(0, 4, 5000)) % 8
    # 8 bins over 0..7: numbers fall into their own bins except that 7 ends the range.
    found = mutual_information(first, second, bins=8)
    assert found == pytest.approx(mutual_info_score(first, second), abs=1e-9)


def test_is_the_entropy_of_a_variable_with_itself():
    values = np.repeat(np.arange(4), 25)
    assert mutual_information(values, values, bins=4) == pytest.approx(np.log(4))


def test_is_unchanged_by_inversion():
    rng = np.random.default_rng(1)
    first, second = rng.random(3000), rng.random(3000)
    straight = mutual_information(first, first + 0.2 * second, bins=16)
    inverted = mutual_information(first, 5 - (first + 0.2 * second), bins=16)
    assert inverted == pytest.approx(straight, rel=0.02)


def test_is_zero_where_one_is_constant():
    assert mutual_information(np.random.default_rng(2).random(50), np.ones(50), bins=8) == 0
