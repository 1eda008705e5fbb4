"""Calibration: cross-fitted inside the fold, kept on disk, never turning the order round."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.pipeline import Pipeline

from cirrhosis.fusion import forest as forest_module
from cirrhosis.fusion.calibration import CalibratedForest, fit_isotonic, fit_sigmoid
from cirrhosis.fusion.forest import fit_forest, score_rows
from cirrhosis.fusion.forest_files import read_forests, write_forests
from cirrhosis.fusion.inner_folds import split_inner

METHODS = ("sigmoid", "isotonic")


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(4)
    y_true = np.arange(120) % 2
    shift = (2 * y_true - 1)[:, None] * np.array([0.6, 0.3, 0.0])
    variables = pd.DataFrame(rng.normal(size=(120, 3)) + shift, columns=list("abc"))
    return variables, y_true, pd.Series([f"P{k}" for k in range(120)])


def fit(rows, settings, method):
    variables, y_true, groups = rows
    chosen = replace(settings, calibration=method)
    return fit_forest(variables, y_true, groups, settings=chosen, random_state=5).pipeline


@pytest.mark.parametrize("method", METHODS)
def test_it_agrees_with_scikit_learn_on_the_same_inner_folds(rows, settings, method):
    variables, y_true, groups = rows
    plain = fit(rows, settings, "none")
    folds = list(split_inner(y_true, groups, n_folds=settings.inner_folds, random_state=5))
    theirs = CalibratedClassifierCV(plain, method=method, cv=folds, ensemble=False)
    expected = theirs.fit(variables, y_true).predict_proba(variables)[:, 1]
    found = score_rows(fit(rows, settings, method), variables)
    # Platt pulls the classes towards each other by about 1 / n before he fits.
    np.testing.assert_allclose(found, expected, atol=0.02 if method == "sigmoid" else 1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_the_map_is_fitted_on_scores_of_rows_that_the_forest_did_not_see(
    rows, settings, method, monkeypatch
):
    seen = []

    def spy(pipeline, y_true, y_score, *, method):
        seen.append((y_true, y_score))
        return pipeline

    monkeypatch.setattr(forest_module, "calibrate", spy)
    variables, y_true, groups = rows
    pipeline = fit(rows, settings, method)
    [(labels, scores)] = seen
    folds = list(split_inner(y_true, groups, n_folds=settings.inner_folds, random_state=5))
    order = np.concatenate([check for _, check in folds])
    assert sorted(order) == list(range(120))
    np.testing.assert_array_equal(labels, y_true[order])
    # Scores of rows that the forest saw are much nearer to the classes.
    inside = score_rows(pipeline, variables)[order]
    assert np.mean((inside - labels) ** 2) < np.mean((scores - labels) ** 2) - 0.05


@pytest.mark.parametrize("method", METHODS)
def test_a_calibrated_forest_scores_the_same_after_reading(rows, settings, method, tmp_path):
    pipeline = fit(rows, settings, method)
    assert isinstance(pipeline["forest"], CalibratedForest)
    write_forests({"combined": [pipeline]}, tmp_path)
    [again] = read_forests(tmp_path, "combined")
    np.testing.assert_array_equal(score_rows(again, rows[0]), score_rows(pipeline, rows[0]))
    assert again["forest"].classes_.tolist() == [0, 1]


def test_overconfident_scores_become_calibrated():
    rng = np.random.default_rng(0)
    probability = rng.uniform(0.2, 0.8, 20_000)
    y_true = (rng.random(20_000) < probability).astype(int)
    stretched = np.clip((probability - 0.5) * 1.6 + 0.5, 0, 1)
    for fitted in (fit_sigmoid, fit_isotonic):
        mapped = fitted(y_true, stretched).apply(stretched)
        assert np.abs(mapped - probability).mean() < 0.03
        assert np.abs(stretched - probability).mean() > 0.08


def test_a_falling_sigmoid_gives_the_prevalence_instead():
    y_true = np.array([1, 1, 0, 1, 0, 0])
    worse = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])
    assert fit_sigmoid(y_true, worse).apply(worse).tolist() == pytest.approx([0.5] * 6)
    assert fit_isotonic(y_true, worse).apply(worse).tolist() == pytest.approx([0.5] * 6)
    constant = fit_sigmoid(y_true[:4], np.full(4, 0.3)).apply(np.array([0.1, 0.9]))
    assert constant.tolist() == pytest.approx([0.75, 0.75])


def test_a_calibrated_forest_is_not_fitted_by_itself(rows, settings):
    pipeline = fit(rows, settings, "sigmoid")
    with pytest.raises(TypeError, match="fit_forest"):
        Pipeline([("forest", pipeline["forest"])]).fit(rows[0], rows[1])
