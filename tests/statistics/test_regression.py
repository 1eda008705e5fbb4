"""Univariable logistic regression and variance inflation against R."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from cirrhosis.statistics.collinearity import variance_inflation_factors
from cirrhosis.statistics.regression import univariable_logistic

CASES = ("l1_n180", "l2_n1315", "l3_separation")
# R's treatment coding: the first level in the alphabet is the reference.
CODES = {"sex": ("sexM", "M"), "quasi": ("quasiyes", "yes")}


@pytest.mark.parametrize("case", CASES)
def test_univariable_models_equal_r(shared_data, case):
    folder = shared_data / "oracle" / "logistic"
    answers = json.loads((folder / "expected.json").read_text())[case]["univariable"]
    data = pd.read_csv(folder / f"{case}.csv")
    for name, answer in answers.items():
        if name == "stage":  # three levels, so not one variable
            continue
        rows = data[["y", name]].dropna()
        term, level = CODES.get(name, (name, None))
        values = rows[name] if level is None else (rows[name] == level).astype(float)
        check_model(univariable_logistic(rows["y"], values), answer, term)


def check_model(found, answer, term):
    expected = answer["terms"][term]
    assert (found.n, found.n_positive) == (answer["n"], answer["n_events"])
    if not answer["complete_or_quasi_separation"]:
        assert found.method == "maximum_likelihood_wald"
        assert found.coefficient == pytest.approx(expected["coef"], rel=1e-6, abs=1e-9)
        # R takes errors from the weights of the step before the last.
        assert found.p_value == pytest.approx(expected["p_wald"], rel=1e-5)
        limits = np.exp([found.low, found.high])
        assert limits == pytest.approx(expected["or_ci95_wald"], rel=1e-6)
        assert found.odds_ratio == pytest.approx(expected["or"], rel=1e-6)
        return
    firth = expected["firth_logistf"]
    assert found.method == "firth_profile"
    assert "separated" in found.reason
    assert found.coefficient == pytest.approx(firth["coef"], rel=5e-5)
    assert found.p_value == pytest.approx(firth["p_penalized_lrt"], rel=1e-3, abs=1e-9)
    log_limits = np.log(firth["or_ci95_profile"])
    assert (found.low, found.high) == pytest.approx(tuple(log_limits), rel=1e-3)


def test_coefficient_of_a_binary_variable_is_the_log_odds_ratio():
    truth = np.repeat([1, 0, 1, 0], [30, 10, 15, 45])
    exposed = np.repeat([1, 1, 0, 0], [30, 10, 15, 45])
    found = univariable_logistic(truth, exposed)
    assert found.odds_ratio == pytest.approx(30 * 45 / (10 * 15))
    error = math.sqrt(1 / 30 + 1 / 10 + 1 / 15 + 1 / 45)
    assert found.high - found.coefficient == pytest.approx(1.959964 * error, rel=1e-6)


def test_unit_of_the_variable_scales_the_coefficient():
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 2, 60)
    values = rng.normal(truth)
    plain, large = (univariable_logistic(truth, factor * values) for factor in (1, 1e4))
    assert plain.coefficient == pytest.approx(1e4 * large.coefficient)
    assert plain.p_value == pytest.approx(large.p_value)


def test_nothing_to_estimate_gives_none_with_a_reason():
    assert univariable_logistic([0, 1], [3, 3]).reason == "the variable is constant"
    assert univariable_logistic([1, 1], [2, 3]).reason == "a class is absent"


@pytest.mark.parametrize("case", ["v1_n150", "v2_n1315"])
def test_inflation_equals_car(shared_data, case):
    folder = shared_data / "oracle" / "vif"
    answer = json.loads((folder / "expected.json").read_text())[case]["vif_lm"]
    found = variance_inflation_factors(pd.read_csv(folder / f"{case}.csv")[list(answer)])
    assert [one.value for one in found] == pytest.approx(list(answer.values()), rel=1e-8)


def test_inflation_of_two_columns_is_that_of_their_correlation():
    # A mean far from 0 shows whether the constant is there.
    columns = np.random.default_rng(1).normal(loc=[0, 1000], size=(40, 2))
    correlation = np.corrcoef(columns.T)[0, 1]
    for one in variance_inflation_factors(columns):
        assert one.value == pytest.approx(1 / (1 - correlation**2))


def test_exact_combinations_are_infinite_and_constants_have_no_factor():
    rng = np.random.default_rng(2)
    first, second = rng.normal(size=(2, 30))
    columns = np.column_stack([first, second, first + 2 * second, np.full(30, 7.0)])
    *combined, constant = variance_inflation_factors(columns)
    assert all(one.value == math.inf for one in combined)
    assert "linear combination" in combined[0].reason
    assert constant.value is None
    assert "constant" in constant.reason


def test_gaps_in_columns_are_refused():
    with pytest.raises(ValueError, match="1 gaps"):
        variance_inflation_factors([[1, 2], [2, 1], [3, np.nan], [4, 4]])
