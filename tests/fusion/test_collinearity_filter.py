"""The rule against collinear variables."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from cirrhosis.fusion.collinearity_filter import CollinearityFilter


def draw(n=200):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, n)
    strong = y + rng.normal(size=n)
    weak = strong + rng.normal(0, 0.3, n)
    return np.column_stack([weak, strong, rng.normal(size=n)]), y


def test_of_a_collinear_pair_the_stronger_stays():
    values, y = draw()
    found = CollinearityFilter(5.0).fit(values, y)
    assert found.support_.tolist() == [False, True, True]
    assert found.vif_[0] > 5
    assert found.transform(values).tolist() == values[:, 1:].tolist()


def test_nothing_leaves_below_the_limit():
    values, y = draw()
    assert CollinearityFilter(100.0).fit(values, y).support_.all()


def test_two_pairs_keep_one_variable_each():
    values, y = draw()
    rng = np.random.default_rng(1)
    other = rng.normal(size=len(y))
    both = np.column_stack([values, other, other + rng.normal(0, 0.1, len(y))])
    assert CollinearityFilter(5.0).fit(both, y).support_.sum() == 3


def test_exact_copies_and_constants_are_handled():
    values, y = draw()
    columns = np.column_stack([values[:, 1], values[:, 1], np.full(len(y), 3.0)])
    found = CollinearityFilter(5.0).fit(columns, y)
    assert found.support_.sum() == 2
    assert np.isinf(found.vif_[:2]).all()
    assert found.vif_[2] == 1


def test_gaps_are_refused_when_new_patients_are_filtered():
    values, y = draw()
    found = clone(CollinearityFilter(5.0)).fit(values, y)
    with pytest.raises(ValueError, match="NaN"):
        found.transform(np.full((1, 3), np.nan))


def test_columns_in_another_order_are_refused():
    values, y = draw()
    table = pd.DataFrame(values, columns=list("abc"))
    found = CollinearityFilter(5.0).fit(table, y)
    with pytest.raises(ValueError, match="same order"):
        found.transform(table[["b", "a", "c"]])
