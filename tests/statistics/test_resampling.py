"""The bootstrap: repeatable, by whole clusters, honest about undefined resamples."""

import numpy as np
import pytest

from cirrhosis.statistics.resampling import (
    cluster_bootstrap,
    patient_bootstrap,
    stratified_bootstrap,
)


def test_same_seed_same_interval():
    values = np.random.default_rng(0).normal(size=50)
    first, second = (
        cluster_bootstrap(
            np.arange(50),
            lambda rows: float(values[rows].mean()),
            rng=np.random.default_rng(9),
            n_resamples=200,
        )
        for _ in range(2)
    )
    assert first == second


def test_interval_of_a_mean_is_near_the_normal_one():
    values = np.random.default_rng(1).normal(size=200)
    found = cluster_bootstrap(
        np.arange(200),
        lambda rows: float(values[rows].mean()),
        rng=np.random.default_rng(2),
        n_resamples=2000,
    )
    half = 1.96 * values.std(ddof=1) / np.sqrt(200)
    limits = (values.mean() - half, values.mean() + half)
    assert (found.low, found.high) == pytest.approx(limits, abs=0.02)


def test_clusters_stay_whole_and_widen_the_interval():
    rng = np.random.default_rng(3)
    cluster = np.repeat(np.arange(20), 10)
    values = rng.normal(size=20)[cluster]

    def mean(rows):
        assert set(np.bincount(cluster[rows], minlength=20) % 10) == {0}
        return float(values[rows].mean())

    by_cluster = cluster_bootstrap(cluster, mean, rng=np.random.default_rng(1), n_resamples=300)
    by_row = cluster_bootstrap(
        np.arange(200),
        lambda rows: float(values[rows].mean()),
        rng=np.random.default_rng(1),
        n_resamples=300,
    )
    assert by_cluster.n == 20
    assert by_cluster.high - by_cluster.low > 2 * (by_row.high - by_row.low)


def test_drawn_rows_are_those_of_the_drawn_clusters():
    cluster, seen = np.array(["c", "a", "c", "b", "a", "c"]), []
    rows_of = {name: np.flatnonzero(cluster == name).tolist() for name in "abc"}
    cluster_bootstrap(
        cluster, lambda rows: seen.append(rows), rng=np.random.default_rng(5), n_resamples=30
    )
    rng = np.random.default_rng(5)
    for rows in seen[1:]:
        chosen = rng.integers(3, size=3)
        assert rows.tolist() == [row for k in chosen for row in rows_of["abc"[k]]]


def test_several_statistics_share_their_resamples():
    values = np.random.default_rng(1).normal(size=40)
    options = {"n_resamples": 100, "confidence_level": 0.9}
    mean, sign, none = patient_bootstrap(
        40,
        lambda rows: (float(values[rows].mean()), float(-values[rows].mean()), None),
        rng=np.random.default_rng(2),
        **options,
    )
    alone = cluster_bootstrap(
        np.arange(40),
        lambda rows: float(values[rows].mean()),
        rng=np.random.default_rng(2),
        **options,
    )
    assert mean == alone
    assert (sign.low, sign.high) == pytest.approx((-mean.high, -mean.low))
    assert none.low is None
    assert "100 of 100" in none.reason


def test_undefined_resamples_are_counted():
    found = cluster_bootstrap(
        [0, 1, 2],
        lambda rows: None if 0 in rows else 1.0,
        rng=np.random.default_rng(0),
        n_resamples=50,
    )
    assert found.value is None
    assert "of 50 resamples" in found.reason
    alone = cluster_bootstrap([0, 0], lambda rows: 1.0, rng=np.random.default_rng(0))
    assert alone.low is None
    assert "two of them" in alone.reason


def test_strata_keep_their_sizes():
    truth = np.array([1, 1, 0, 0, 0])
    found = stratified_bootstrap(
        truth,
        lambda rows: float(truth[rows].sum()),
        rng=np.random.default_rng(0),
        n_resamples=20,
    )
    assert (found.low, found.high) == (2, 2)
