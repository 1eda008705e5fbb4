"""Area under the ROC curve: definition, invariances, edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score
from sklearn.metrics import roc_curve as sklearn_curve

from cirrhosis.statistics.auroc_comparison import compare_auroc_paired, compare_auroc_unpaired
from cirrhosis.statistics.delong import delong_covariance
from cirrhosis.statistics.discrimination import (
    auroc,
    auroc_interval,
    roc_curve,
    within_fold_auroc,
)

COARSE = st.integers(0, 10).map(lambda tenth: tenth / 10)  # ties are common
CLASSES = st.tuples(
    st.lists(st.tuples(COARSE, COARSE), min_size=2, max_size=20),
    st.lists(st.tuples(COARSE, COARSE), min_size=2, max_size=20),
)


def stack(classes):
    positive, negative = (np.array(one) for one in classes)
    truth = np.r_[np.ones(len(positive)), np.zeros(len(negative))]
    return truth, np.vstack([positive, negative])


def covariance_by_definition(truth, scores):
    wins = [
        np.sign(column[truth == 1][:, None] - column[truth == 0][None, :]) / 2 + 0.5
        for column in scores.T
    ]
    rows, columns = (np.cov([win.mean(axis) for win in wins]) for axis in (1, 0))
    return [win.mean() for win in wins], rows / wins[0].shape[0] + columns / wins[0].shape[1]


@given(CLASSES)
@settings(max_examples=60, deadline=None)
def test_area_and_covariance_match_the_definition_pair_by_pair(classes):
    truth, scores = stack(classes)
    areas, covariance = covariance_by_definition(truth, scores)
    found = delong_covariance(truth, *scores.T)
    assert found.areas == pytest.approx(areas)
    assert found.covariance == pytest.approx(covariance, abs=1e-12)
    assert auroc(truth, scores[:, 0]).value == pytest.approx(roc_auc_score(truth, scores[:, 0]))


@given(CLASSES)
@settings(max_examples=40, deadline=None)
def test_only_the_order_of_scores_matters(classes):
    truth, scores = stack(classes)
    plain = auroc_interval(truth, scores[:, 0])
    moved = auroc_interval(truth, np.exp(3 * scores[:, 0]) - 7)
    assert (plain.value, plain.low, plain.high) == pytest.approx(
        (moved.value, moved.low, moved.high)
    )


@given(CLASSES)
@settings(max_examples=40, deadline=None)
def test_swapping_the_scores_changes_the_sign_only(classes):
    truth, scores = stack(classes)
    one = compare_auroc_paired(truth, scores[:, 0], scores[:, 1])
    other = compare_auroc_paired(truth, scores[:, 1], scores[:, 0])
    assert one.difference == pytest.approx(-other.difference)
    assert (one.p_value is None) == (other.p_value is None)
    if one.p_value is not None:
        assert one.p_value == pytest.approx(other.p_value)


@given(CLASSES)
@settings(max_examples=40, deadline=None)
def test_turning_classes_and_scores_round_keeps_the_area(classes):
    truth, scores = stack(classes)
    turned = auroc(1 - truth, -scores[:, 0]).value
    assert auroc(truth, scores[:, 0]).value == pytest.approx(turned)


def test_interval_of_a_worked_example():
    # Positives 3 and 1 beat negatives 2 and 0 in 3 of 4 pairs; each class has placement
    # values 1 and 1/2, so the variance is (1/8)/2 + (1/8)/2 = 1/8.
    found = auroc_interval([1, 1, 0, 0], [3, 1, 2, 0], confidence_level=0.9)
    assert (found.value, found.low, found.high) == pytest.approx((0.75, 0.168456, 1), abs=1e-6)
    assert (found.n, found.method, found.reason) == (4, "delong", None)


@pytest.mark.parametrize(
    ("area", "low", "high"),
    [(0.89, 0.81, 0.95), (0.87, 0.78, 0.93), (0.74, 0.64, 0.82), (0.71, 0.61, 0.80)],
)
def test_exact_interval_is_the_one_the_article_prints(area, low, high):
    # 100 pairs ranked with the printed area; n = 94 patients as in internal test 1.
    truth = np.r_[np.ones(67), np.zeros(27)]
    wins = round(area * 67 * 27)
    full, rest = divmod(wins, 27)
    # `full` positives beat all negatives, one beats `rest` of them, the others none.
    negatives = np.arange(27.0)
    positives = np.r_[np.full(full, 100.0), rest - 0.5, np.full(67 - full - 1, -1.0)]
    found = auroc_interval(truth, np.r_[positives, negatives], method="exact")
    assert found.value == pytest.approx(area, abs=5e-4)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.0101)


def test_logit_interval_of_a_worked_example():
    # As above: area 3/4, so log odds of log 3, and an error of sqrt(1/8) / (3/16).
    found = auroc_interval([1, 1, 0, 0], [3, 1, 2, 0], method="logit")
    half = 1.959964 * np.sqrt(1 / 8) / (3 / 16)
    limits = [1 / (1 + np.exp(-np.log(3) - sign * half)) for sign in (-1, 1)]
    assert [found.low, found.high] == pytest.approx(limits, rel=1e-6)


def test_hanley_and_mcneil_of_their_own_example():
    # Hanley, McNeil (1982), Radiology 143, table II: area 0.893, error 0.032, with 51 abnormal
    # and 58 normal patients rated from 1 to 5.
    abnormal, normal = (
        np.repeat(np.arange(1, 6), [3, 2, 2, 11, 33]),
        np.repeat(np.arange(1, 6), [33, 6, 6, 11, 2]),
    )
    truth = np.repeat([1, 0], [51, 58])
    found = auroc_interval(truth, np.r_[abnormal, normal], method="hanley_mcneil")
    assert found.value == pytest.approx(0.893, abs=5e-4)
    assert (found.value - found.low) / 1.959964 == pytest.approx(0.032, abs=5e-4)
    perfect = auroc_interval([0, 0, 1, 1], [1, 2, 3, 4], method="hanley_mcneil")
    assert "no width" in perfect.reason


def test_exact_interval_reaches_the_ends():
    assert auroc_interval([0, 1], [1, 2], method="exact").high == 1
    assert auroc_interval([0, 1], [2, 1], method="exact").low == 0


def test_bootstrap_is_repeatable_and_near_delong():
    rng = np.random.default_rng(4)
    truth = np.r_[np.ones(60), np.zeros(60)]
    score = rng.normal(truth)
    first, second = (
        auroc_interval(
            truth, score, method="bootstrap", n_resamples=400, rng=np.random.default_rng(1)
        )
        for _ in range(2)
    )
    assert first == second
    delong = auroc_interval(truth, score)
    assert (first.low, first.high) == pytest.approx((delong.low, delong.high), abs=0.03)


def test_bootstrap_asks_for_a_generator():
    with pytest.raises(ValueError, match="expected rng"):
        auroc_interval([0, 1], [0, 1], method="bootstrap")


def test_an_absent_class_gives_none_with_a_reason():
    assert auroc([1, 1], [1, 2]).value is None
    assert "positive" in auroc([1, 1], [1, 2]).reason
    assert "negative" in auroc_interval([0, 0], [1, 2]).reason
    assert compare_auroc_paired([1, 1], [1, 2], [1, 2]).p_value is None
    assert compare_auroc_unpaired([1, 1], [1, 2], [0, 1], [1, 2]).difference is None
    with pytest.raises(ValueError, match="both classes"):
        roc_curve([1, 1], [1, 2])
    with pytest.raises(ValueError, match="both classes"):
        delong_covariance([1, 1], [1, 2])


def test_one_patient_of_a_class_has_an_area_but_no_interval():
    found = auroc_interval([1, 0, 0], [2, 1, 3])
    assert found.value == 0.5
    assert found.low is None
    assert "two patients" in found.reason
    assert compare_auroc_paired([1, 0, 0], [2, 1, 3], [1, 2, 3]).p_value is None


def test_a_perfect_area_is_flagged():
    truth, score = [0, 0, 1, 1], [1, 2, 3, 4]
    assert (auroc_interval(truth, score).low, auroc_interval(truth, score).high) == (1, 1)
    assert "no width" in auroc_interval(truth, score).reason
    assert auroc_interval(truth, score, method="logit").low is None


def test_areas_that_differ_without_variance_have_no_p_value():
    found = compare_auroc_paired([0, 0, 1, 1], [1, 2, 3, 4], [4, 3, 2, 1])
    assert found.difference == 1
    assert found.p_value is None
    assert "no variance" in found.reason


def test_pairs_of_different_folds_are_not_compared():
    # Fold b's scores are shifted: pooled 10 of 16 pairs are right, within folds 8 of 8.
    truth = [0, 0, 1, 1, 0, 0, 1, 1]
    score = [1, 2, 3, 4, 11, 12, 13, 14]
    fold = ["a"] * 4 + ["b"] * 4
    assert auroc(truth, score).value == 0.75
    assert within_fold_auroc(truth, score, fold).value == 1


def test_folds_weigh_by_their_pairs_and_empty_ones_are_named():
    truth, score = [0, 0, 1, 0, 1, 1], [1, 2, 3, 5, 4, 9]
    found = within_fold_auroc(truth, score, [0, 0, 0, 1, 1, 2])
    assert found.value == pytest.approx((2 * 1 + 1 * 0) / 3)
    assert found.n == 5
    assert "fold 2" in found.reason
    assert within_fold_auroc([1, 1], [1, 2], [0, 1]).value is None


def test_curve_equals_that_of_sklearn():
    rng = np.random.default_rng(3)
    truth, score = rng.integers(0, 2, 80), rng.integers(0, 12, 80)
    found = roc_curve(truth, score)
    for mine, theirs in zip(
        found, sklearn_curve(truth, score, drop_intermediate=False), strict=True
    ):
        assert mine == pytest.approx(theirs)
    assert np.trapezoid(found.tpr, found.fpr) == pytest.approx(auroc(truth, score).value)


def test_delong_at_two_hundred_thousand_patients_uses_sorting_not_pairs():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200_000)
    # All pairs would need 80 GB.
    assert auroc_interval(truth, rng.normal(truth)).value == pytest.approx(0.7602, abs=0.005)
