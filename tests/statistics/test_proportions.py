"""Intervals of a proportion against their formulas and their coverage."""

import numpy as np
import pytest
from scipy.stats import beta, binom

from cirrhosis.statistics.estimates import normal_quantile
from cirrhosis.statistics.proportions import METHODS, proportion_interval

Z = normal_quantile(0.95)


def limits(n_success, n, method):
    found = proportion_interval(n_success, n, method=method)
    return found.low, found.high


def test_formulas():
    x, n = 7, 25
    p, center = x / n, (x + Z**2 / 2) / (n + Z**2)
    wald = Z * np.sqrt(p * (1 - p) / n)
    assert limits(x, n, "wald") == pytest.approx((p - wald, p + wald))
    coull = Z * np.sqrt(center * (1 - center) / (n + Z**2))
    assert limits(x, n, "agresti_coull") == pytest.approx((center - coull, center + coull))
    wilson = Z / (1 + Z**2 / n) * np.sqrt(p * (1 - p) / n + Z**2 / (4 * n**2))
    assert limits(x, n, "wilson") == pytest.approx((center - wilson, center + wilson))
    jeffreys = beta.ppf([0.025, 0.975], x + 0.5, n - x + 0.5)
    assert limits(x, n, "jeffreys") == pytest.approx(tuple(jeffreys))


def test_exact_limits_are_where_the_tail_is_half_the_rest():
    low, high = limits(7, 25, "clopper_pearson")
    assert binom.sf(6, 25, low) == pytest.approx(0.025)
    assert binom.cdf(7, 25, high) == pytest.approx(0.025)


@pytest.mark.parametrize("method", METHODS)
def test_successes_and_failures_are_exchangeable(method):
    low, high = limits(4, 19, method)
    other_low, other_high = limits(15, 19, method)
    assert (1 - other_high, 1 - other_low) == pytest.approx((low, high))


@pytest.mark.parametrize("method", [name for name in METHODS if name != "logit"])
@pytest.mark.parametrize("n_success", [0, 12])
def test_limits_stay_within_0_and_1_and_reach_the_end(method, n_success):
    found = proportion_interval(n_success, 12, method=method)
    assert 0 <= found.low <= found.high <= 1
    assert found.value in (found.low, found.high)
    assert ("no width" in (found.reason or "")) == (method == "wald")


def test_exact_covers_at_least_and_wald_too_little():
    n, share = 30, 0.08
    chance = binom.pmf(np.arange(n + 1), n, share)
    coverage = {}
    for method in ("clopper_pearson", "wald"):
        bounds = [limits(x, n, method) for x in range(n + 1)]
        coverage[method] = sum(
            weight
            for weight, (low, high) in zip(chance, bounds, strict=True)
            if low <= share <= high
        )
    assert coverage["clopper_pearson"] >= 0.95
    assert coverage["wald"] < 0.93
