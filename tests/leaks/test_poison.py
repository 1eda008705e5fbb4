"""Held-out rows reach nothing: made nonsense, they change no bit of what a fold fitted.

Each way to leak is also built on purpose, and the same comparison must find it.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_selection import SelectFromModel

from cirrhosis.clinical.article_inputs import PREDICTORS
from cirrhosis.evaluation.cut_off import choose_cut_off
from cirrhosis.evaluation.patient_scores import read_runs
from cirrhosis.fusion import fold_tasks
from cirrhosis.fusion.calibration import fit_sigmoid
from cirrhosis.fusion.collinearity_filter import CollinearityFilter
from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.fusion.stacking import fuse, fuse_clinical
from cirrhosis.statistics.thresholds import youden_threshold
from tests.fusion.made_cohort import make_cohort, make_splits
from tests.leaks.traces import find_influence, poison

FOLD, N_FOLDS = 1, 3
SETTINGS = FusionSettings(
    missing="impute",
    selection_trees=5,
    n_estimators=(5,),
    max_depth=(2, None),
    min_samples_leaf=(2,),
    inner_folds=2,
    permutation_repeats=1,
    calibration="sigmoid",
)
COMPARED = {
    f"{model}: {part}"
    for model in ("combined", "clinical")
    for part in (
        "imputer",
        "VIF filter",
        "selection",
        "forest",
        "calibration",
        "scores of others",
        "collinearity",
        "choices",
    )
}
run = partial(fuse, settings=SETTINGS, seed=3)


def run_clinical(cnn, patients, settings=SETTINGS):
    return fuse_clinical(make_splits(cnn), patients, settings=settings, seed=3)


@pytest.fixture(scope="module")
def cohort():
    """Patients with gaps, a collinear pair and CNN scores."""
    cnn, patients = make_cohort(n_training=72, n_test=20, n_folds=N_FOLDS)
    rng = np.random.default_rng(1)
    n = len(patients)
    patients = patients.assign(alt_u_per_l=patients["ast_u_per_l"] * rng.normal(1, 0.1, n))
    for column in PREDICTORS:
        patients[column] = patients[column].where(rng.random(n) > 0.1)
    return cnn, patients


@pytest.fixture(scope="module")
def poisoned(cohort):
    """The same with nonsense in the held-out fold."""
    return poison(cohort, held_out(cohort), PREDICTORS)


@pytest.fixture(scope="module")
def honest(cohort):
    return run(*cohort)


@pytest.fixture(scope="module")
def honest_after(poisoned):
    return run(*poisoned)


def held_out(cohort):
    cnn, _ = cohort
    return set(cnn.loc[(cnn["split"] == "training") & (cnn["fold"] == FOLD), "patient_id"])


def compare(one, two, cohort, fold=FOLD, changed=held_out):
    names = changed(cohort) if callable(changed) else changed
    return find_influence(one, two, fold=fold, same=set(cohort[1]["patient_id"]) - names)


def test_held_out_rows_change_nothing_that_is_fitted(cohort, honest, honest_after):
    assert compare(honest, honest_after, cohort) == []
    # The guard can see something: the next fold was fitted on the poisoned rows.
    assert set(compare(honest, honest_after, cohort, fold=FOLD + 1)) == COMPARED


def test_held_out_rows_change_no_isotonic_calibration(cohort, poisoned):
    settings = replace(SETTINGS, calibration="isotonic")
    one, two = (run_clinical(*rows, settings) for rows in (cohort, poisoned))
    assert compare(one, two, cohort) == []
    assert "clinical: calibration" in compare(one, two, cohort, fold=FOLD + 1)


def test_test_rows_change_nothing_that_is_fitted_and_no_threshold(cohort, honest):
    cnn, _ = cohort
    names = set(cnn.loc[cnn["split"] == "external", "patient_id"])
    result = run(*poison(cohort, names, PREDICTORS))
    for fold in range(N_FOLDS):
        assert compare(honest, result, cohort, fold=fold, changed=names) == []
    one, two = (read_models(fused)["combined"] for fused in (honest, result))
    assert choose_cut_off(one) == choose_cut_off(two)
    # Chosen on all rows, as a leak would, it moves.
    assert choose_on_all_rows(one) != choose_on_all_rows(two)


def test_held_out_rows_change_nothing_in_nested_fusion(cohort, poisoned):
    settings = replace(SETTINGS, nested=True)
    one, two = (
        fuse(*rows, settings=settings, seed=3, pairs=make_pairs(rows[0]))
        for rows in (cohort, poisoned)
    )
    assert compare(one, two, cohort) == []


def make_pairs(cnn):
    training = cnn[cnn["split"] == "training"]
    return pd.concat(
        [training[training["fold"] != fold].assign(without=fold) for fold in range(N_FOLDS)]
    )


def read_models(result):
    [(_, models)] = read_runs(result.predictions)
    return models


def choose_on_all_rows(splits):
    labels = np.concatenate([scores.y_true for scores in splits.values()])
    scores = np.concatenate([scores.y_score for scores in splits.values()])
    return youden_threshold(labels, scores).threshold


def impute_before(cnn, patients):
    numbers = patients[list(PREDICTORS)]
    return run_clinical(cnn, patients.assign(**numbers.fillna(numbers.median())))


def scale_before(cnn, patients):
    numbers = patients[list(PREDICTORS)]
    return run_clinical(cnn, patients.assign(**((numbers - numbers.mean()) / numbers.std())))


def choose_before(step, cnn, patients):
    labels = cnn.drop_duplicates("patient_id").set_index("patient_id")["y_true"]
    numbers = patients[list(PREDICTORS)].fillna(0.0)
    fitted = step.fit(numbers, labels[patients["patient_id"]].to_numpy())
    kept = tuple(numbers.columns[fitted.get_support()])
    return run_clinical(cnn, patients, replace(SETTINGS, predictors=kept))


filter_before = partial(choose_before, CollinearityFilter(1.5))
select_before = partial(
    choose_before, SelectFromModel(RandomForestClassifier(20, random_state=0), threshold="median")
)


@pytest.mark.parametrize("leaky", [impute_before, scale_before, filter_before, select_before])
def test_what_is_fitted_outside_the_fold_is_found(cohort, poisoned, leaky):
    found = compare(leaky(*cohort), leaky(*poisoned), cohort)
    assert "clinical: forest" in found
    # A forest does not care about scale: there the leak is in what was fitted, not in scores.
    assert ("clinical: scores of others" in found) == (leaky is not scale_before)


def test_a_calibration_on_the_reported_rows_is_found(cohort, honest, honest_after):
    def calibrate(result):
        rows = result.predictions
        own = rows["model"] == "combined"
        training = rows[own & (rows["split"] == "training")]
        mapping = fit_sigmoid(training["y_true"].to_numpy(), training["y_score"].to_numpy())
        mapped = mapping.apply(rows["y_score"].to_numpy())
        return replace(result, predictions=rows.assign(y_score=rows["y_score"].where(~own, mapped)))

    found = compare(calibrate(honest), calibrate(honest_after), cohort)
    assert found == ["combined: scores of others"]


def test_a_forest_that_is_fitted_on_the_held_out_fold_is_found(cohort, poisoned, monkeypatch):
    def everybody(rows, fold):
        del fold
        return rows["split"] == "training"

    monkeypatch.setattr(fold_tasks, "_is_fitting", everybody)
    found = compare(run_clinical(*cohort), run_clinical(*poisoned), cohort)
    assert set(found) == {name for name in COMPARED if name.startswith("clinical")}
