"""Tests of levels: the definitions by brute force, one independent implementation each."""

import itertools
from typing import NamedTuple

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import chi2

from cirrhosis.evaluation.interactions import (
    Permutations,
    adjust_for_variables,
    compare_level_areas,
    compare_level_slopes,
    permute_levels,
)
from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.statistics.auroc_comparison import compare_auroc_unpaired

PERMUTATIONS = Permutations(n=9999, seed=5)


class Case(NamedTuple):
    y_true: np.ndarray
    y_score: np.ndarray


def make_level(y_true, y_score, kind="probability"):
    truth, score = np.asarray(y_true), np.asarray(y_score, dtype=float)
    names = np.array([f"P{at}" for at in range(len(truth))])
    return PatientScores(names, truth, score, np.zeros_like(truth), "nested", kind)


def draw_level(seed, *, n=120, slope=1.5, shift=0.0):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return make_level((rng.random(n) < expit(slope * x + shift)).astype(int), expit(x))


def compare_areas(*levels, reference="t"):
    return compare_level_areas(levels, reference=reference, permutations=PERMUTATIONS)


@pytest.mark.parametrize("reference", ["t", "normal"])
def test_two_levels_are_compared_by_unpaired_delong(reference):
    first, second = draw_level(1), draw_level(2, slope=0.5)
    expected = compare_auroc_unpaired(
        first.y_true, first.y_score, second.y_true, second.y_score, reference=reference
    )
    assert compare_areas(first, second, reference=reference) == expected


def area_and_variance(level):
    """DeLong's by its definition, pair by pair."""
    positive, negative = level.y_score[level.y_true == 1], level.y_score[level.y_true == 0]
    wins = (np.sign(positive[:, None] - negative) + 1) / 2
    return wins.mean(), wins.mean(1).var(ddof=1) / len(positive) + wins.mean(0).var(ddof=1) / len(
        negative
    )


def test_three_levels_are_compared_by_cochran_s_q():
    levels = [draw_level(seed, slope=slope) for seed, slope in ((1, 0.3), (2, 1.5), (3, 3.0))]
    areas, variances = zip(*map(area_and_variance, levels), strict=True)
    weight = 1 / np.array(variances)
    mean = np.average(areas, weights=weight)
    q = float((weight * (np.array(areas) - mean) ** 2).sum())
    found = compare_areas(*levels)
    assert (found.method, found.degrees_of_freedom, found.n) == (
        "cochran_q_of_delong_areas",
        2,
        360,
    )
    assert found.statistic == pytest.approx(q)
    assert found.p_value == pytest.approx(chi2.sf(q, 2))
    assert found.difference is None


def permutation_p(levels):
    """All ways to exchange levels inside a class; statistic |A1 - A2| by counting pairs."""

    def split(scores, sizes):
        for chosen in itertools.combinations(range(len(scores)), sizes):
            rest = [at for at in range(len(scores)) if at not in chosen]
            yield scores[list(chosen)], scores[rest]

    def area(positive, negative):
        return ((np.sign(positive[:, None] - negative) + 1) / 2).mean()

    positives = [level.y_score[level.y_true == 1] for level in levels]
    negatives = [level.y_score[level.y_true == 0] for level in levels]
    observed = abs(area(positives[0], negatives[0]) - area(positives[1], negatives[1]))
    found = [
        abs(area(p1, n1) - area(p2, n2)) >= observed - 1e-12
        for p1, p2 in split(np.concatenate(positives), len(positives[0]))
        for n1, n2 in split(np.concatenate(negatives), len(negatives[0]))
    ]
    return np.mean(found)


def test_an_area_of_1_is_compared_by_permutation_not_by_delong():
    perfect = make_level([0, 0, 0, 1, 1, 1], [0.1, 0.2, 0.3, 0.7, 0.8, 0.9])
    other = make_level([0, 0, 0, 1, 1, 1, 1], [0.15, 0.6, 0.85, 0.25, 0.65, 0.75, 0.95])
    found = compare_areas(perfect, other)
    assert found.method == "permutation_unpaired_9999"
    assert "no variance" in found.reason
    assert (found.low, found.statistic) == (None, None)
    assert found.difference == pytest.approx(1 - area_and_variance(other)[0])
    assert found.p_value == pytest.approx(permutation_p([perfect, other]), abs=0.015)
    assert found == compare_areas(perfect, other)
    # The test of any number of levels agrees where there are two.
    of_many = permute_levels([perfect, other], permutations=PERMUTATIONS)
    assert of_many.p_value == pytest.approx(found.p_value, abs=0.015)


def test_delong_would_be_too_sure_of_an_area_of_1():
    perfect = make_level([0] * 4 + [1] * 8, np.linspace(0.1, 0.9, 12))
    usual = draw_level(4, n=400, slope=1.2)
    delong = compare_auroc_unpaired(perfect.y_true, perfect.y_score, usual.y_true, usual.y_score)
    found = compare_areas(perfect, usual)
    assert delong.p_value < 1e-6
    assert found.p_value > 0.01


def test_a_permutation_of_three_levels_finds_a_level_that_differs_and_nothing_else():
    perfect = make_level([0] * 20 + [1] * 20, np.linspace(0.1, 0.9, 40))
    rng = np.random.default_rng(1)
    useless = make_level([0, 1] * 20, rng.random(40))
    found = compare_areas(perfect, useless, draw_level(3, n=60))
    assert found.method == "permutation_of_levels_within_class_9999"
    assert "no variance" in found.reason
    assert found.p_value < 0.001
    # The data are one of the permutations, so p is never 0.
    few = permute_levels([perfect, useless, useless], permutations=Permutations(n=99, seed=1))
    assert few.p_value == 0.01
    equal = make_level([0] * 20 + [1] * 20, np.linspace(0.11, 0.91, 40))
    assert compare_areas(perfect, equal, equal).p_value > 0.5


def test_p_values_of_the_permutation_are_uniform_without_a_difference():
    # 200 seeded cohorts: 5 % of the p values are at most 0.05; 3 to 19 in 99.8 % of such tests.
    rng = np.random.default_rng(12)
    few = Permutations(n=199, seed=1)
    low = 0
    for _ in range(200):
        levels = [
            make_level([0] * m + [1] * n, expit(np.r_[rng.normal(size=m), rng.normal(1, size=n)]))
            for m, n in ((8, 6), (10, 9))
        ]
        low += permute_levels(levels, permutations=few).p_value <= 0.05
    assert 3 <= low <= 19


def log_likelihood(levels, *, common):
    """Largest log likelihood of the logistic model, by a general optimiser."""
    x = [logit(np.clip(level.y_score, 0.001, 0.999)) for level in levels]
    n_levels = len(levels)

    def negative(parameters):
        intercepts = parameters[:n_levels]
        slopes = np.repeat(parameters[n_levels:], n_levels) if common else parameters[n_levels:]
        total = 0.0
        for level, values, a, b in zip(levels, x, intercepts, slopes, strict=True):
            sign = 2 * level.y_true - 1
            total += np.logaddexp(0, -sign * (a + b * values)).sum()
        return total

    start = np.zeros(n_levels + (1 if common else n_levels))
    return -minimize(negative, start, method="BFGS", options={"gtol": 1e-8}).fun


@pytest.mark.parametrize("n_levels", [2, 3])
def test_slopes_are_compared_by_the_likelihood_ratio(n_levels):
    levels = [
        draw_level(seed, slope=1 + seed / 2, shift=seed - 1.0) for seed in range(1, n_levels + 1)
    ]
    expected = 2 * (log_likelihood(levels, common=False) - log_likelihood(levels, common=True))
    found = compare_level_slopes(levels, clip=0.001)
    assert found.statistic == pytest.approx(expected, abs=1e-4)
    assert found.p_value == pytest.approx(chi2.sf(expected, n_levels - 1), abs=1e-4)
    assert (found.degrees_of_freedom, found.method) == (n_levels - 1, "likelihood_ratio_of_slopes")


def test_another_prevalence_is_no_interaction_and_another_slope_is():
    base = draw_level(1, n=600)
    shifted, steeper = draw_level(2, n=600, shift=1.5), draw_level(3, n=600, slope=4.0)
    assert compare_level_slopes([base, shifted], clip=0.001).p_value > 0.05
    assert compare_level_slopes([base, steeper], clip=0.001).p_value < 1e-4


def test_a_score_that_is_no_probability_enters_as_it_is_in_any_unit():
    first, second = draw_level(1), draw_level(2, slope=0.2)
    as_score = [
        level._replace(y_score=logit(level.y_score), score_kind="score")
        for level in (first, second)
    ]
    in_other_unit = [level._replace(y_score=1000 * level.y_score + 7) for level in as_score]
    by_logit = compare_level_slopes([first, second], clip=None)
    assert compare_level_slopes(as_score, clip=None).statistic == pytest.approx(by_logit.statistic)
    found = compare_level_slopes(in_other_unit, clip=None)
    assert found.statistic == pytest.approx(by_logit.statistic, rel=1e-6)


def test_infinite_slopes_have_a_reason():
    usual = draw_level(1)
    separated = make_level([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9])
    constant = make_level([0, 1, 0, 1], [0.5] * 4)
    at_the_end = make_level([0, 1, 0, 1], [0.0, 0.5, 0.6, 0.4])
    for level, text in (
        (separated, "separates the classes"),
        (constant, "all scores of a level are equal"),
        (at_the_end, "probability of 0 or 1 is infinite"),
    ):
        found = compare_level_slopes([usual, level], clip=None)
        assert (found.p_value, found.statistic) == (None, None)
        assert text in found.reason
    assert compare_level_slopes([usual, at_the_end], clip=0.001).p_value is not None


def test_one_level_is_compared_with_nothing():
    for found in (compare_areas(draw_level(1)), compare_level_slopes([draw_level(1)], clip=None)):
        assert (found.p_value, found.n, found.method) == (None, 120, "none")
        assert "fewer than two levels" in found.reason


def test_p_values_are_adjusted_over_the_variables_that_have_one():
    rows = [{"auroc_p": p} for p in (0.01, None, 0.04, 0.03)]
    adjust_for_variables(rows, names=("auroc_p",))
    assert [row["auroc_p_holm"] for row in rows] == [pytest.approx(0.03), None, 0.06, 0.06]
    assert [row["auroc_p_benjamini_hochberg"] for row in rows] == [
        pytest.approx(0.03), None, 0.04, 0.04,
    ]  # fmt: skip
    assert {row["auroc_p_n_tests"] for row in rows} == {3}
