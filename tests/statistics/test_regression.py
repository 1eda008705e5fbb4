"""Logistic regression and variance inflation by definition. R is in `tests/oracle`."""

import math
import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize
from scipy.stats import chi2

from cirrhosis.statistics.collinearity import variance_inflation_factors
from cirrhosis.statistics.regression import logistic_regression, univariable_logistic


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


def draw_columns():
    rng = np.random.default_rng(6)
    columns = np.column_stack([rng.normal(50, 10, 80), rng.integers(0, 2, 80)])
    return (rng.random(80) < 1 / (1 + np.exp(5 - 0.1 * columns[:, 0]))).astype(int), columns


def log_likelihood(truth, linear):
    return float((truth * linear - np.logaddexp(0, linear)).sum())


def penalised_log_likelihood(truth, design, line):
    share = 1 / (1 + np.exp(-design @ line))
    information = design.T @ (design * (share * (1 - share))[:, None])
    return log_likelihood(truth, design @ line) + np.linalg.slogdet(information)[1] / 2


@pytest.mark.parametrize("method", ["maximum_likelihood_profile", "firth_profile"])
def test_at_profile_limits_the_likelihood_has_fallen_by_the_quantile(method):
    truth, columns = draw_columns()
    design = np.column_stack([np.ones(80), columns - columns.mean(axis=0)])
    objective = {
        "maximum_likelihood_profile": lambda line: log_likelihood(truth, design @ line),
        "firth_profile": lambda line: penalised_log_likelihood(truth, design, line),
    }[method]

    def maximise(fixed):
        def cost(free):
            return -objective(
                np.array([free[0], *([free[1]] if fixed is None else [fixed]), free[-1]])
            )

        start = [0, 0, 0] if fixed is None else [0, 0]
        options = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000}
        return -minimize(cost, start, method="Nelder-Mead", options=options).fun

    found = logistic_regression(truth, columns, method=method).terms[0]
    best, null = maximise(None), maximise(0.0)
    for limit in (found.low, found.high):
        assert 2 * (best - maximise(limit)) == pytest.approx(chi2.ppf(0.95, 1), abs=1e-4)
    assert maximise(found.coefficient) == pytest.approx(best, abs=1e-6)
    assert found.p_value == pytest.approx(chi2.sf(2 * (best - null), 1), rel=1e-4)
    assert found.standard_error is None


def test_several_columns_equal_statsmodels():
    truth, columns = draw_columns()
    theirs = sm.Logit(truth, sm.add_constant(columns)).fit(disp=False, tol=1e-12)
    found = logistic_regression(truth, columns)
    estimates = [found.intercept, *found.terms]
    assert [one.coefficient for one in estimates] == pytest.approx(theirs.params)
    assert [one.standard_error for one in estimates] == pytest.approx(theirs.bse, rel=1e-6)
    assert [one.p_value for one in estimates] == pytest.approx(theirs.pvalues, rel=1e-5)
    assert [[one.low, one.high] for one in estimates] == pytest.approx(theirs.conf_int(), rel=1e-5)
    assert found.likelihood_ratio.statistic == pytest.approx(theirs.llr)
    assert found.likelihood_ratio.p_value == pytest.approx(theirs.llr_pvalue)
    assert found.likelihood_ratio.degrees_of_freedom == 2


def test_separated_classes_are_refused_to_maximum_likelihood():
    truth, values = [0, 0, 0, 1, 1], [1, 2, 3, 4, 5]
    for method in ("maximum_likelihood_wald", "maximum_likelihood_profile"):
        found = univariable_logistic(truth, values, method=method)
        assert (found.coefficient, found.method) == (None, method)
        assert "separated by the variable" in found.reason
    model = logistic_regression(truth, np.column_stack([values, [3, 1, 4, 1, 5]]))
    assert "separated by the columns" in model.terms[1].reason
    assert "intercept" in model.intercept.reason
    assert model.intercept.low is None
    assert model.likelihood_ratio.reason == "not computed with a penalty"


def test_columns_that_say_nothing_new_are_refused():
    truth, columns = draw_columns()
    twice = np.column_stack([columns, columns.sum(axis=1)])
    assert "linear combination" in logistic_regression(truth, twice).terms[0].reason
    constant = np.column_stack([columns, np.full(80, 3.0)])
    found = logistic_regression(truth, constant)
    assert found.terms[0].reason == found.likelihood_ratio.reason == "a column is constant"
    assert found.likelihood_ratio.p_value is None
    with pytest.raises(ValueError, match="one row per label"):
        logistic_regression(truth, columns[:, 0])
    with pytest.raises(ValueError, match="to be one of auto"):
        univariable_logistic(truth, columns[:, 0], method="bayes")


def test_what_the_solver_complains_about_is_passed_on(monkeypatch):
    truth, columns = draw_columns()

    def complain(self, **options):
        warnings.warn("step halving", stacklevel=1)
        self.lrt_pvalues_ = np.array([np.nan])

    monkeypatch.setattr("cirrhosis.statistics.regression.FirthLogisticRegression.lrt", complain)
    found = univariable_logistic(truth, columns[:, 0], method="firth_profile")
    assert found.p_value is None
    assert found.reason == "the solver says: step halving"


def test_inflation_of_two_columns_is_that_of_their_correlation():
    # A mean far from 0 shows whether the constant is there.
    columns = np.random.default_rng(1).normal(loc=[0, 1000], size=(40, 2))
    correlation = np.corrcoef(columns.T)[0, 1]
    for one in variance_inflation_factors(columns):
        assert one.value == pytest.approx(1 / (1 - correlation**2))


def test_inflation_is_the_diagonal_of_the_inverse_correlation():
    rng = np.random.default_rng(3)
    columns = rng.normal(size=(60, 4)) @ rng.normal(size=(4, 4)) + [5, -300, 0, 1e4]
    found = [one.value for one in variance_inflation_factors(columns)]
    assert found == pytest.approx(np.diag(np.linalg.inv(np.corrcoef(columns.T))))


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
