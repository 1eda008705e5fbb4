"""Predictive values over prevalences against the sample's own and counting."""

import numpy as np
import pytest

from cirrhosis.statistics.classification import npv, ppv, sensitivity, specificity
from cirrhosis.statistics.estimates import Estimate
from cirrhosis.statistics.prevalence import predictive_values_at

TRUTH = np.repeat([1, 0], [67, 27])
CALL = np.repeat([1, 0, 1, 0], [60, 7, 5, 22])


def rate(value, n):
    return Estimate(value, None, None, n, "")


def test_at_the_share_of_the_sample_they_are_the_samples_own():
    (found,) = predictive_values_at(
        [67 / 94], sensitivity=sensitivity(TRUTH, CALL), specificity=specificity(TRUTH, CALL)
    )
    for one, own in ((found.ppv, ppv(TRUTH, CALL)), (found.npv, npv(TRUTH, CALL))):
        assert (one.value, one.low, one.high) == pytest.approx((own.value, own.low, own.high))
        assert one.n == 94


def test_values_are_those_of_a_counted_population():
    # Of 1000 people 100 are ill: 90 found; 180 of 900 healthy are called too.
    (found,) = predictive_values_at([0.1], sensitivity=rate(0.9, 50), specificity=rate(0.8, 60))
    assert found.ppv.value == pytest.approx(90 / 270)
    assert found.npv.value == pytest.approx(720 / 730)


def test_interval_is_that_of_simulated_rates():
    rng = np.random.default_rng(1)
    first, second = rng.binomial(400, 0.85, 200_000) / 400, rng.binomial(300, 0.7, 200_000) / 300
    simulated = 0.2 * first / (0.2 * first + 0.8 * (1 - second))
    (found,) = predictive_values_at([0.2], sensitivity=rate(0.85, 400), specificity=rate(0.7, 300))
    limits = np.quantile(simulated, [0.025, 0.975])
    assert (found.ppv.low, found.ppv.high) == pytest.approx(tuple(limits), abs=0.005)


def test_exchanging_the_classes_exchanges_the_values():
    (one,) = predictive_values_at([0.3], sensitivity=rate(0.9, 40), specificity=rate(0.6, 70))
    (other,) = predictive_values_at([0.7], sensitivity=rate(0.6, 70), specificity=rate(0.9, 40))
    assert one.ppv.value == pytest.approx(other.npv.value)
    assert one.npv.low == pytest.approx(other.ppv.low)


def test_rates_of_one_have_values_without_limits():
    (found,) = predictive_values_at([0.3], sensitivity=rate(1.0, 9), specificity=rate(0.5, 9))
    assert found.npv.value == 1
    assert found.ppv.value == pytest.approx(0.3 / (0.3 + 0.35))
    assert found.ppv.low is None
    assert "does not exist" in found.ppv.reason


def test_undefined_rates_and_calls_nobody_gets_have_reasons():
    (found,) = predictive_values_at([0.3], sensitivity=rate(None, 0), specificity=rate(0.5, 9))
    assert (found.ppv.value, found.npv.value) == (None, None)
    (never,) = predictive_values_at([0.3], sensitivity=rate(0.0, 9), specificity=rate(1.0, 9))
    assert never.ppv.reason == "nobody is called so"
    assert never.npv.value == pytest.approx(0.7)


@pytest.mark.parametrize("share", [0.0, 1.0, 5.0])
def test_prevalences_outside_are_refused(share):
    with pytest.raises(ValueError, match=r"write 5 % as 0\.05"):
        predictive_values_at([share], sensitivity=rate(0.9, 9), specificity=rate(0.9, 9))
