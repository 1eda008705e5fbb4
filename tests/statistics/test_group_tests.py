"""Tests between groups against enumeration, formulas and printed examples."""

from itertools import combinations, product
from math import factorial, prod, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, norm

from cirrhosis.statistics.contingency import fisher_exact_p
from cirrhosis.statistics.group_tests import (
    chi_square_or_fisher,
    mann_whitney,
    standardised_difference,
    standardised_difference_of_shares,
)

# Agresti (2002), Categorical Data Analysis, table 2.8: R prints 0.7827 for it.
JOB_SATISFACTION = [[1, 3, 10, 6], [2, 3, 10, 7], [1, 6, 14, 12], [0, 1, 9, 11]]
TABLES = st.integers(2, 3).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 4), min_size=n, max_size=n), min_size=2, max_size=4)
)


def count_wins(first, second):
    return sum((a > b) + (a == b) / 2 for a, b in product(first, second))


def test_exact_ranks_equal_all_arrangements():
    values, group = np.array([3.1, 0.2, 5.5, 4.0, 7.3, 1.1, 6.2]), np.array([0, 0, 0, 1, 1, 0, 1])
    found = mann_whitney(group, values)
    center = 4 * 3 / 2
    observed = abs(count_wins(values[group == 0], values[group == 1]) - center)
    extreme = [
        abs(count_wins(values[list(zero)], np.delete(values, zero)) - center) >= observed
        for zero in combinations(range(7), 4)
    ]
    assert found.method == "mann_whitney_exact"
    assert found.p_value == pytest.approx(np.mean(extreme))
    assert found.statistic == count_wins(values[group == 0], values[group == 1])


def test_tied_ranks_follow_the_normal_with_tie_and_continuity_correction():
    first, second = [1, 2, 2, 3, 3], [2, 3, 3, 4]
    group = np.repeat([0, 1], [5, 4])
    found = mann_whitney(group, first + second)
    wins, n = count_wins(first, second), 9
    ties = sum(count**3 - count for count in np.unique(first + second, return_counts=True)[1])
    error = sqrt(5 * 4 / 12 * (n + 1 - ties / (n * (n - 1))))
    expected = 2 * norm.sf((abs(wins - 10) - 0.5) / error)
    plain = mann_whitney(group, first + second, method="asymptotic_uncorrected")
    assert found.method == "mann_whitney_asymptotic"
    assert found.p_value == pytest.approx(expected)
    assert plain.p_value == pytest.approx(2 * norm.sf(abs(wins - 10) / error))
    assert found.difference == pytest.approx(1 - 2 * wins / 20)


def test_the_default_is_the_rule_of_r():
    values = np.random.default_rng(1).normal(size=100)
    for n_first, method in ((49, "asymptotic"), (51, "asymptotic"), (50, "asymptotic")):
        group = np.repeat([0, 1], [n_first, 100 - n_first])
        assert mann_whitney(group, values).method == f"mann_whitney_{method}"
    group = np.repeat([0, 1], 49)
    assert mann_whitney(group, values[:98]).method == "mann_whitney_exact"
    assert mann_whitney(group, np.round(values[:98], 1)).method == "mann_whitney_asymptotic"


def test_ranks_ignore_the_scale_and_swapping_groups_changes_the_sign():
    rng = np.random.default_rng(2)
    group, values = rng.integers(0, 2, 60), rng.normal(size=60).round(1)
    plain, bent = mann_whitney(group, values), mann_whitney(group, np.exp(3 * values))
    assert bent == plain
    swapped = mann_whitney(1 - group, values)
    assert swapped.difference == pytest.approx(-plain.difference)
    assert swapped.p_value == pytest.approx(plain.p_value)


def test_ranks_without_information_have_a_reason():
    assert mann_whitney([0, 0], [1, 2]).reason == "a group is absent"
    equal = mann_whitney([0, 0, 1, 1], [5, 5, 5, 5])
    assert (equal.p_value, equal.difference) == (None, 0)
    assert equal.reason == "all values are equal"
    assert "tied" in mann_whitney([0, 0, 1], [5, 5, 6], method="exact").reason
    many = np.arange(1200)
    assert "up to 1000" in mann_whitney(many % 2, many, method="exact").reason


def list_tables(rows, columns):
    """List every table with these margins."""
    if len(rows) == 1:
        yield (tuple(columns),)
        return
    for first in product(*(range(column + 1) for column in columns)):
        if sum(first) == rows[0]:
            rest = [column - used for column, used in zip(columns, first, strict=True)]
            for others in list_tables(rows[1:], rest):
                yield (first, *others)


def fisher_by_enumeration(table):
    def weigh(cells):
        return 1 / prod(factorial(cell) for row in cells for cell in row)

    weights = [weigh(cells) for cells in list_tables(table.sum(axis=1), table.sum(axis=0))]
    limit = weigh(table.tolist()) * (1 + 1e-7)
    return sum(weight for weight in weights if weight <= limit) / sum(weights)


@settings(max_examples=25, deadline=None)
@given(TABLES)
def test_fisher_equals_enumeration_of_all_tables(rows):
    table = np.array(rows)
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    found = chi_square_or_fisher(rows, method="fisher")
    if min(table.shape) < 2:
        assert found.p_value is None
        return
    assert found.method == "fisher_exact"
    assert found.p_value == pytest.approx(fisher_by_enumeration(table))
    assert chi_square_or_fisher(table.T, method="fisher").p_value == pytest.approx(found.p_value)


def test_fisher_of_printed_examples():
    # Fisher (1935): eight cups of tea, three of four milk-first cups named.
    assert chi_square_or_fisher([[3, 1], [1, 3]]).p_value == pytest.approx(0.4857, abs=5e-5)
    found = chi_square_or_fisher(JOB_SATISFACTION)
    assert (found.method, found.n) == ("fisher_exact", 96)
    assert found.p_value == pytest.approx(0.7827, abs=5e-5)


def test_two_by_two_agrees_with_the_general_listing():
    table = np.array([[24, 3], [18, 11]])
    general = fisher_exact_p(table, most_partial_tables=1000)
    assert chi_square_or_fisher(table, method="fisher").p_value == pytest.approx(general)


def test_monte_carlo_stands_in_above_the_limit_and_repeats():
    options = {"method": "fisher", "most_partial_tables": 100, "n_resamples": 20_000}
    found, again = (
        chi_square_or_fisher(JOB_SATISFACTION, rng=np.random.default_rng(3), **options)
        for _ in range(2)
    )
    assert found == again
    assert found.method == "fisher_monte_carlo_20000"
    assert found.p_value == pytest.approx(0.7827, abs=4 * sqrt(0.17 / 20_000))
    with pytest.raises(ValueError, match=r"default_rng\(seed\)"):
        chi_square_or_fisher(JOB_SATISFACTION, **options)
    many_rows, many_patients = np.eye(15, dtype=int), np.array([[5, 1], [500_000, 300_000]])
    for table in (many_rows, many_patients):
        assert fisher_exact_p(table, most_partial_tables=10**30) is None


def test_monte_carlo_is_never_zero():
    table = [[40, 0, 0], [0, 40, 0], [0, 0, 40]]
    rng = np.random.default_rng(4)
    found = chi_square_or_fisher(table, method="fisher_monte_carlo", rng=rng, n_resamples=99)
    assert found.p_value == 0.01


def test_chi_square_is_taken_from_an_expected_count_of_five():
    # Expected counts of 10 * 10 / 20 = 5 each.
    found = chi_square_or_fisher([[8, 2], [2, 8]])
    assert (found.method, found.degrees_of_freedom) == ("chi_square", 1)
    assert found.statistic == pytest.approx(4 * 9 / 5)
    assert found.p_value == pytest.approx(chi2.sf(7.2, 1))
    corrected = chi_square_or_fisher([[8, 2], [2, 8]], method="chi_square_yates")
    assert corrected.statistic == pytest.approx(4 * 2.5**2 / 5)
    assert chi_square_or_fisher([[8, 2], [2, 7]]).method == "fisher_exact"


def test_empty_rows_and_columns_are_left_out():
    table = [[20, 30], [0, 0], [25, 25]]
    assert chi_square_or_fisher(table) == chi_square_or_fisher([[20, 30], [25, 25]])
    assert "fewer than two" in chi_square_or_fisher([[3, 4], [0, 0]]).reason


def test_what_are_no_counts_is_refused():
    for table in ([[0.2, 0.8], [0.5, 0.5]], [[-1, 2], [3, 4]], [1, 2], [[np.nan, 1], [1, 1]]):
        with pytest.raises(ValueError, match="count patients, do not give shares"):
            chi_square_or_fisher(table)


def test_standardised_difference_of_a_worked_example():
    # Means 4 and 2, variances 4 and 4: a distance of 1.
    found = standardised_difference([2, 4, 6], [0, 2, 4])
    margin = 1.959964 * sqrt(6 / 9 + 1 / 12)
    assert found.value == pytest.approx(1)
    assert (found.low, found.high) == pytest.approx((1 - margin, 1 + margin), rel=1e-6)


def test_standardised_difference_ignores_units_and_swapping_changes_the_sign():
    rng = np.random.default_rng(5)
    first, second = rng.normal(1, 2, 30), rng.normal(0, 1, 20)
    plain = standardised_difference(first, second)
    assert standardised_difference(10 + 5 * first, 10 + 5 * second).value == pytest.approx(
        plain.value
    )
    assert standardised_difference(second, first).value == pytest.approx(-plain.value)


def test_distance_of_two_shares_is_the_textbook_formula():
    found = standardised_difference_of_shares([30, 70], [50, 50])
    expected = 0.2 / sqrt((0.3 * 0.7 + 0.5 * 0.5) / 2)
    assert found.value == pytest.approx(expected)
    assert standardised_difference_of_shares([70, 30], [50, 50]).value == pytest.approx(expected)


def test_distance_of_shares_ignores_order_empty_categories_and_the_one_left_out():
    first, second = np.array([10, 25, 40, 5]), np.array([30, 20, 35, 9])
    plain = standardised_difference_of_shares(first, second)
    order = [2, 0, 3, 1]
    moved = standardised_difference_of_shares(first[order], second[order])
    assert moved.value == pytest.approx(plain.value)
    padded = standardised_difference_of_shares([*first, 0], [*second, 0])
    assert padded.value == pytest.approx(plain.value)


def test_undefined_distances_have_reasons():
    assert "two patients" in standardised_difference([1], [1, 2]).reason
    assert "without spread" in standardised_difference([1, 1], [1, 1]).reason
    assert "no patient" in standardised_difference_of_shares([0, 0], [1, 2]).reason
    assert "neither has a spread" in standardised_difference_of_shares([5, 0], [0, 5]).reason
    assert standardised_difference_of_shares([5], [9]).value == 0
    with pytest.raises(ValueError, match="1 gaps"):
        standardised_difference([1, np.nan], [1, 2])
