"""Where labels say nothing about anything, nothing is found out-of-fold.

Bands are for the mean of independent repetitions. Under chance the within-fold area of a
fold with m patients of each class has the variance (2 m + 1) / (12 m^2) (Mann-Whitney); folds
of equal size have equal weights. The false-alarm rates below come from it.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.splits import check_splits
from cirrhosis.fusion import fold_tasks
from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.fusion.stacking import fuse, fuse_clinical
from cirrhosis.statistics.discrimination import auroc, within_fold_auroc
from tests.fusion.made_cohort import make_cohort, make_splits

N_TRAINING, N_FOLDS, N_REPETITIONS = 120, 3, 4
BAND = 0.11
SETTINGS = FusionSettings(
    predictors=("age_years", "platelets_e9_per_l", "albumin_g_per_l", "inr"),
    selection_trees=5,
    n_estimators=(10,),
    max_depth=(4,),
    min_samples_leaf=(2,),
    permutation_repeats=1,
)


def false_alarm_rate(n_means=N_REPETITIONS):
    of_class = N_TRAINING // N_FOLDS // 2
    variance = (2 * of_class + 1) / (12 * of_class**2) / N_FOLDS / n_means
    return 2 * norm.sf(BAND / np.sqrt(variance))


def make_null(seed):
    """Return a cohort whose labels are drawn anew, balanced in every fold."""
    cnn, patients = make_cohort(N_TRAINING, 40, seed=seed, n_folds=N_FOLDS)
    rng = np.random.default_rng([seed, 1])
    facts = cnn.drop_duplicates("patient_id")
    sides = facts["split"] + facts["fold"].where(facts["split"] == "training", -1).astype(str)
    drawn = facts.assign(y_true=facts["y_true"].groupby(sides).transform(rng.permutation))
    labels = drawn.set_index("patient_id")["y_true"]
    return cnn.assign(y_true=cnn["patient_id"].map(labels)), patients


def measure(result, model):
    """Return the area within folds, out-of-fold."""
    rows = result.predictions
    own = rows[(rows["model"] == model) & (rows["split"] == "training")]
    return within_fold_auroc(own["y_true"], own["y_score"], own["fold"]).value


def measure_test(result, model):
    rows = result.predictions
    own = rows[(rows["model"] == model) & (rows["split"] != "training")]
    means = own.groupby("patient_id")[["y_true", "y_score"]].mean()
    return auroc(means["y_true"], means["y_score"]).value


def test_the_band_rarely_raises_a_false_alarm():
    # Four repetitions of 3 folds with 20 + 20 patients.
    assert false_alarm_rate() == pytest.approx(3.7e-5, rel=0.03)
    rng = np.random.default_rng(0)
    truth, fold = np.arange(120) % 2, np.arange(120) // 2 % 3
    areas = [within_fold_auroc(truth, rng.random(120), fold).value for _ in range(400)]
    assert np.var(areas) == pytest.approx((2 * 20 + 1) / (12 * 20**2) / 3, rel=0.2)


def test_permuted_labels_leave_nothing_and_a_leak_is_seen(monkeypatch):
    # n = 120 in training and 40 in the test (20 + 20: variance three times as large, and a band
    # twice as wide); 4 repetitions; false-alarm rate below 4e-5 per model.
    results = [
        fuse(*make_null(seed), settings=SETTINGS, seed=seed) for seed in range(N_REPETITIONS)
    ]
    for model in ("combined", "clinical", "cnn"):
        assert abs(np.mean([measure(one, model) for one in results]) - 0.5) < BAND
        assert abs(np.mean([measure_test(one, model) for one in results]) - 0.5) < 2 * BAND

    def everybody(rows, fold):
        del fold
        return rows["split"] == "training"

    monkeypatch.setattr(fold_tasks, "_is_fitting", everybody)
    leaky = fuse(*make_null(0), settings=SETTINGS, seed=0)
    assert measure(leaky, "clinical") > 0.5 + 2 * BAND
    assert measure(leaky, "combined") > 0.5 + 2 * BAND


def test_a_variable_that_encodes_the_fold_gains_nothing():
    gains, areas = [], []
    wider = replace(SETTINGS, predictors=(*SETTINGS.predictors, "code"))
    for seed in range(N_REPETITIONS):
        cnn, patients = make_null(seed)
        folds = cnn.drop_duplicates("patient_id").set_index("patient_id")["fold"]
        coded = patients.assign(code=patients["patient_id"].map(folds).astype(float))
        splits = make_splits(cnn)
        plain = fuse_clinical(splits, patients, settings=SETTINGS, seed=seed)
        with_code = fuse_clinical(splits, coded, settings=wider, seed=seed)
        areas.append(measure(with_code, "clinical"))
        gains.append(areas[-1] - measure(plain, "clinical"))
    assert abs(np.mean(areas) - 0.5) < BAND
    assert np.mean(gains) < BAND


def test_a_score_that_knows_the_label_of_fitting_rows_only_gains_nothing():
    nested = replace(SETTINGS, nested=True)
    areas, inside = [], []
    for seed in range(N_REPETITIONS):
        cnn, patients = make_null(seed)
        training = cnn[cnn["split"] == "training"]
        # As scores of networks that were fitted on the patient would be.
        told = training.assign(y_score=0.1 + 0.8 * training["y_true"])
        pairs = [told[told["fold"] != fold].assign(without=fold) for fold in range(N_FOLDS)]
        result = fuse(cnn, patients, settings=nested, seed=seed, pairs=pd.concat(pairs))
        areas.append(measure(result, "combined"))
        forest = result.forests["combined"][0]
        table = patients.set_index("patient_id").loc[told["patient_id"]]
        variables = table[list(SETTINGS.predictors)].assign(cnn_score=told["y_score"].to_numpy())
        scores = forest.predict_proba(variables[list(forest.feature_names_in_)])[:, 1]
        inside.append(auroc(told["y_true"], scores).value)
    assert abs(np.mean(areas) - 0.5) < BAND
    # On rows of the kind that it was fitted on the forest looks perfect.
    assert np.mean(inside) > 0.95


def test_such_scores_are_refused_as_rows_of_a_cnn():
    cnn, patients = make_null(0)
    training = cnn[cnn["split"] == "training"]
    told = training.assign(
        y_score=0.1 + 0.8 * training["y_true"], fold=(training["fold"] + 1) % N_FOLDS
    )
    with pytest.raises(ContractError, match="out-of-fold CNN scores"):
        fuse(pd.concat([cnn, told]), patients, settings=SETTINGS, seed=0)


@pytest.mark.parametrize("split", ["internal_1", "external"])
def test_a_patient_on_both_sides_is_refused(split):
    cnn, patients = make_null(0)
    splits = make_splits(cnn)
    twice = splits.iloc[[0]].assign(split=split, fold=pd.NA)
    with pytest.raises(ContractError, match=r"each patient once.*'P000'"):
        check_splits(pd.concat([splits, twice]))
    with pytest.raises(ContractError, match=r"each patient once.*'P000'"):
        fuse_clinical(pd.concat([splits, twice]), patients, settings=SETTINGS, seed=0)
    rows = [cnn.iloc[[0]].assign(split=split, fold=fold) for fold in range(N_FOLDS)]
    with pytest.raises(ContractError, match=r"one split per patient.*'P000'"):
        fuse(pd.concat([cnn, *rows]), patients, settings=SETTINGS, seed=0)


@pytest.mark.parametrize("other", ["P002", "P159"])
def test_a_patient_under_two_names_is_refused_by_the_group(other):
    # P002 lies in the next fold, P159 in the test.
    cnn, patients = make_null(0)
    group = patients["patient_id"].replace({other: "P000"})
    with pytest.raises(ContractError, match=r"each group_id in one fold or test split.*'P000'"):
        fuse(cnn, patients.assign(group_id=group), settings=SETTINGS, seed=0)
    torn = make_splits(cnn).assign(
        group_id=lambda table: table["patient_id"].replace(other, "P000")
    )
    with pytest.raises(ContractError, match=r"one side of every boundary.*'P000'"):
        check_splits(torn)
