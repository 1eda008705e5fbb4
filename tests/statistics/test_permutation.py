"""Permutation tests of areas: definition by enumeration, worked cases, level, invariances."""

from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import binom, rankdata

from cirrhosis.statistics.permutation import (
    compare_auroc_permutation_paired,
    compare_auroc_permutation_unpaired,
)


def area(truth, score):
    """Area by its definition, pair by pair."""
    positives, negatives = score[truth == 1], score[truth == 0]
    return (np.sign(positives[:, None] - negatives[None, :]) / 2 + 0.5).mean()


def enumerate_exchanges(truth, first, second):
    """Exact p value over all exchanges of the two ranks."""
    ranks = np.array([rankdata(first), rankdata(second)])
    observed = area(truth, ranks[0]) - area(truth, ranks[1])
    differences = [
        area(truth, np.where(swap, ranks[1], ranks[0]))
        - area(truth, np.where(swap, ranks[0], ranks[1]))
        for swap in product([False, True], repeat=len(truth))
    ]
    return np.mean(np.abs(differences) >= abs(observed) - 1e-9)


def enumerate_groups(truth, score, n_first):
    """Exact p value over all reassignments of patients within their class."""
    positives, negatives = np.flatnonzero(truth), np.flatnonzero(truth == 0)
    first = np.arange(len(truth)) < n_first
    observed = area(truth[first], score[first]) - area(truth[~first], score[~first])
    differences = []
    for a in combinations(positives, int(truth[first].sum())):
        for b in combinations(negatives, int((truth[first] == 0).sum())):
            rows = np.isin(np.arange(len(truth)), [*a, *b])
            differences.append(area(truth[rows], score[rows]) - area(truth[~rows], score[~rows]))
    return np.mean(np.abs(differences) >= abs(observed) - 1e-9)


def lies_near(p_value, exact, n_resamples):
    """True if a random p value is one that a probability of `exact` gives 99.99 % of the time."""
    hits = round(p_value * (n_resamples + 1)) - 1
    low, high = binom.ppf([5e-5, 1 - 5e-5], n_resamples, exact)
    return low <= hits <= high


@pytest.mark.parametrize("seed", range(6))
def test_paired_p_is_that_of_all_exchanges(seed):
    rng = np.random.default_rng(seed)
    truth = rng.permutation([0, 0, 0, 0, 0, 1, 1, 1, 1])
    # Coarse scores, so that ties occur; every other time without any.
    draw = rng.normal(size=(2, 9)) + truth * [[2], [0.5]]
    first, second = np.round(draw) if seed % 2 else draw
    found = compare_auroc_permutation_paired(truth, first, second, rng=rng, n_resamples=20_000)
    exact = enumerate_exchanges(truth, first, second)
    assert lies_near(found.p_value, exact, 20_000), (found.p_value, exact)
    assert found.difference == pytest.approx(area(truth, first) - area(truth, second))


@pytest.mark.parametrize("seed", range(6))
def test_unpaired_p_is_that_of_all_reassignments(seed):
    rng = np.random.default_rng(seed)
    truth = np.array([0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1])
    draw = rng.normal(2 * truth * (np.arange(11) < 5))
    score = np.round(draw) if seed % 2 else draw
    columns = (truth[:5], score[:5], truth[5:], score[5:])
    found = compare_auroc_permutation_unpaired(*columns, rng=rng, n_resamples=20_000)
    exact = enumerate_groups(truth, score, 5)
    assert lies_near(found.p_value, exact, 20_000), (found.p_value, exact)
    assert found.difference == pytest.approx(area(*columns[:2]) - area(*columns[2:]))


def test_paired_worked_case():
    # An area of 1 against one of 0. Only the two exchanges of nobody and of everybody give a
    # difference of 1, so p = 2 / 16. The signed parts are 1/8, 3/8, 1/8 and 3/8.
    rng = np.random.default_rng(4)
    found = compare_auroc_permutation_paired(
        [0, 0, 1, 1], [1, 2, 3, 4], [4, 3, 2, 1], rng=rng, n_resamples=40_000
    )
    assert found.difference == 1
    assert found.statistic == pytest.approx(1 / np.sqrt(20 / 64))
    assert lies_near(found.p_value, 1 / 8, 40_000)
    assert (found.n, found.method) == (4, "permutation_paired_40000")


def test_unpaired_worked_case():
    # Positives 2 and 1, negatives 1 and 2: of four deals two give a difference of 1 or -1.
    rng = np.random.default_rng(4)
    found = compare_auroc_permutation_unpaired(
        [0, 1], [1, 2], [0, 1], [2, 1], rng=rng, n_resamples=40_000
    )
    assert found.difference == 1
    assert lies_near(found.p_value, 1 / 2, 40_000)


def test_an_area_of_one_can_be_tested():
    rng = np.random.default_rng(7)
    truth = np.repeat([0, 1], 30)
    perfect, useless = truth + rng.uniform(0, 0.5, 60), rng.normal(size=60)
    paired = compare_auroc_permutation_paired(truth, perfect, useless, rng=rng)
    unpaired = compare_auroc_permutation_unpaired(truth, perfect, truth, 2 * useless, rng=rng)
    assert paired.p_value == 1 / 10_000
    assert unpaired.p_value < 0.001


def test_level_of_the_paired_test_is_kept():
    # Correlated scores of equal areas, exchangeable. With 99 resamples p <= 0.05 has
    # probability 0.05 or less; 1,000 data sets count 50 +- 7.
    rng = np.random.default_rng(20)
    truth = np.repeat([0, 1], [25, 15])
    n_rejected = 0
    for _ in range(1000):
        shared = rng.normal(1.2 * truth)
        first, second = shared + rng.normal(size=(2, truth.size))
        found = compare_auroc_permutation_paired(truth, first, second, rng=rng, n_resamples=99)
        n_rejected += found.p_value <= 0.05
    assert 29 <= n_rejected <= 71


def test_level_of_the_unpaired_test_is_kept():
    rng = np.random.default_rng(21)
    truth_1, truth_2 = np.repeat([0, 1], [20, 8]), np.repeat([0, 1], [10, 12])
    n_rejected = 0
    for _ in range(1000):
        columns = (truth_1, rng.normal(2 * truth_1), truth_2, rng.normal(2 * truth_2))
        found = compare_auroc_permutation_unpaired(*columns, rng=rng, n_resamples=99)
        n_rejected += found.p_value <= 0.05
    assert 29 <= n_rejected <= 71


def test_a_real_difference_is_found():
    rng = np.random.default_rng(22)
    truth = np.repeat([0, 1], [60, 40])
    good, poor = rng.normal(2.5 * truth), rng.normal(0.2 * truth)
    assert compare_auroc_permutation_paired(truth, good, poor, rng=rng).p_value < 0.001
    assert compare_auroc_permutation_unpaired(truth, good, truth, poor, rng=rng).p_value < 0.001


def test_order_scale_and_chunks_are_irrelevant(monkeypatch):
    rng = np.random.default_rng(23)
    truth = rng.integers(0, 2, 50)
    first, second = np.round(rng.normal(truth, size=(2, 50)), 1)
    order = rng.permutation(50)

    def p_values(*columns):
        paired = compare_auroc_permutation_paired(
            *columns, rng=np.random.default_rng(1), n_resamples=500
        )
        labels, one, other = columns
        unpaired = compare_auroc_permutation_unpaired(
            labels, one, labels, other, rng=np.random.default_rng(1), n_resamples=500
        )
        return paired.p_value, unpaired.p_value

    plain = p_values(truth, first, second)
    assert p_values(truth[order], first[order], second[order]) == plain
    assert p_values(truth, np.exp(first), np.exp(second)) == plain
    monkeypatch.setattr("cirrhosis.statistics.permutation.MOST_CELLS", 100)
    assert p_values(truth, first, second) == pytest.approx(plain, abs=0.1)


def test_nothing_to_exchange_has_p_of_one():
    rng = np.random.default_rng(1)
    found = compare_auroc_permutation_paired([0, 1, 1], [1, 2, 3], [2, 4, 9], rng=rng)
    assert (found.difference, found.p_value) == (0, 1)
    assert "convention" in found.reason


def test_an_absent_class_is_undefined():
    rng = np.random.default_rng(1)
    paired = compare_auroc_permutation_paired([1, 1], [1, 2], [2, 1], rng=rng)
    unpaired = compare_auroc_permutation_unpaired([0, 1], [1, 2], [1, 1], [2, 1], rng=rng)
    for found in (paired, unpaired):
        assert found.p_value is None
        assert "absent" in found.reason


def test_wrong_input_is_refused():
    rng = np.random.default_rng(1)
    with pytest.raises(ValueError, match="finite"):
        compare_auroc_permutation_paired([0, 1], [1, np.nan], [1, 2], rng=rng)
    with pytest.raises(ValueError, match="align"):
        compare_auroc_permutation_unpaired([0, 1], [1, 2], [0, 1], [1], rng=rng)
    with pytest.raises(ValueError, match="n_resamples"):
        compare_auroc_permutation_paired([0, 1], [1, 2], [1, 2], rng=rng, n_resamples=0)
