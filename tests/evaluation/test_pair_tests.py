"""Tests of two judges: which test when, and seeds that depend on the name alone."""

import numpy as np
import pytest

from cirrhosis.evaluation.pair_tests import compare_areas, compare_calls, name_interval
from cirrhosis.evaluation.patient_scores import SharedPatients
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.auroc_comparison import compare_auroc_paired
from cirrhosis.statistics.paired_difference import paired_difference

SETTINGS = EvaluationSettings(n_permutations=999)
TRUTH = np.array([0] * 10 + [1] * 10)
PERFECT = np.arange(20.0)
# One positive below two negatives: an area of 0.98.
NEARLY = np.where(PERFECT == 10, 7.5, PERFECT)
POOR = np.random.default_rng(2).permutation(PERFECT)


def compare(first, second, name="a"):
    return compare_areas(SharedPatients(TRUTH, first, second), settings=SETTINGS, name=name)


def test_delongs_test_stands_while_no_area_is_extreme():
    assert compare(NEARLY, POOR) == compare_auroc_paired(TRUTH, NEARLY, POOR)


@pytest.mark.parametrize(("perfect", "area"), [(PERFECT, "1"), (-PERFECT, "0")])
def test_an_extreme_area_is_permuted_in_either_place(perfect, area):
    first, second = compare(perfect, POOR), compare(POOR, perfect)
    for found in (first, second):
        assert found.method == "permutation_paired_999"
        assert f"an area of {area} leaves DeLong's test undefined" in found.reason
        assert found.low is None
        assert name_interval("auroc", found) == ""
    assert first.difference == pytest.approx(-second.difference)


def test_the_seed_depends_on_the_name_and_on_nothing_that_ran_before():
    p_values = {name: compare(PERFECT, NEARLY, name).p_value for name in "abcdef"}
    assert {name: compare(PERFECT, NEARLY, name).p_value for name in "fedcba"} == p_values
    assert len(set(p_values.values())) > 1
    assert 0.2 < p_values["a"] < 0.9


def test_calls_are_tested_with_the_interval_of_their_class():
    first, second = (PERFECT > 9).astype(int), (POOR > 9).astype(int)
    for measure, rows in (
        ("sensitivity", TRUTH == 1),
        ("specificity", TRUTH == 0),
        ("accuracy", TRUTH >= 0),
    ):
        found = compare_calls(measure, TRUTH, first, second, settings=SETTINGS)
        bounds = paired_difference((first == TRUTH)[rows], (second == TRUTH)[rows])
        assert (found.difference, found.low, found.high) == (bounds.value, bounds.low, bounds.high)
        assert (found.method, name_interval(measure, found)) == ("mcnemar_exact", "bonett_price")
    found = compare_calls("ppv", TRUTH, first, second, settings=SETTINGS)
    assert (found.method, name_interval("ppv", found)) == ("weighted_generalized_score", "wald")


def test_an_absent_class_has_no_interval():
    ones = np.ones(4, dtype=int)
    found = compare_calls("specificity", ones, ones, ones, settings=SETTINGS)
    assert (found.p_value, found.low, found.n) == (None, None, 0)
