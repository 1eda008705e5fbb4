"""Clinical forests without a CNN: patients, labels and folds come from a split."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.predictions import check_predictions
from cirrhosis.fusion.settings import Baseline, FusionSettings
from cirrhosis.fusion.stacking import WORTH_PROCESSES, fuse, fuse_clinical
from tests.fusion.made_cohort import make_cohort, make_splits


def scores_of(result, model):
    rows = result.predictions[result.predictions["model"] == model]
    return rows.sort_values(["patient_id", "fold"])["y_score"].to_numpy()


def test_the_clinical_forest_does_not_depend_on_a_cnn(cohort, settings, result):
    cnn, patients = cohort
    alone = fuse_clinical(make_splits(cnn), patients, settings=settings, seed=3)
    models = {"clinical", "fib4", "apri", "reader_1", "reader_2"}
    assert set(alone.predictions["model"]) == models
    assert set(alone.predictions["sequences"]) == {"none"}
    for model in models:
        np.testing.assert_array_equal(scores_of(alone, model), scores_of(result, model))
    check_predictions(alone.predictions)
    assert set(alone.forests) == {"clinical"}


def test_excluded_patients_and_lost_folds_stay_out(cohort, settings):
    cnn, patients = cohort
    splits = make_splits(cnn)
    splits.loc[splits["patient_id"] == "P000", ["split", "fold", "excluded_for"]] = pd.NA
    splits.loc[splits["patient_id"] == "P000", "excluded_for"] = "no reference"
    splits.loc[splits["patient_id"] == "P001", "excluded_for"] = "age"
    result = fuse_clinical(splits, patients, settings=settings, seed=3)
    assert not {"P000", "P001"} & set(result.predictions["patient_id"])
    gone = patients.assign(inr=patients["inr"].where(splits["fold"].eq(0).to_numpy()))
    with pytest.raises(ContractError, match="at least two folds, found"):
        fuse_clinical(splits, gone, settings=settings, seed=3)


def test_baselines_are_columns_with_a_direction(cohort, settings, result):
    cnn, patients = cohort
    some = patients.assign(stiffness_kpa=np.where(np.arange(len(patients)) < 50, 7.5, np.nan))
    baselines = (
        Baseline("platelets", "platelets_e9_per_l", "lower"),
        Baseline("stiffness", "stiffness_kpa", "higher"),
    )
    without, result = (
        result,
        fuse(cnn, some, settings=replace(settings, baselines=baselines), seed=3),
    )
    rows = result.predictions
    platelets = rows[rows["model"] == "platelets"].set_index("patient_id")
    assert set(platelets["score_kind"]) == {"score"}
    assert set(platelets["protocol"]) == {"none"}
    value = patients.set_index("patient_id")["platelets_e9_per_l"]
    assert platelets["y_score"].tolist() == (-value[platelets.index]).tolist()
    # A rare baseline leaves nobody out of the forests.
    stiffness = rows[rows["model"] == "stiffness"]
    assert set(stiffness["patient_id"]) == set(patients["patient_id"][:50])
    assert rows[rows["model"] == "combined"]["patient_id"].nunique() == len(patients)
    np.testing.assert_array_equal(scores_of(result, "combined"), scores_of(without, "combined"))


def test_baselines_without_meaning_are_refused(cohort, settings):
    with pytest.raises(ValueError, match="higher, lower"):
        Baseline("platelets", "platelets_e9_per_l", "up")
    with pytest.raises(ValueError, match="is written by the fusion"):
        Baseline("fib4", "platelets_e9_per_l", "lower")
    twice = Baseline("a", "inr", "higher")
    with pytest.raises(ValueError, match="different names"):
        FusionSettings(baselines=(twice, twice))
    absent = replace(settings, baselines=(Baseline("a", "elsewhere", "higher"),))
    with pytest.raises(ContractError, match=r"baselines' columns.*'elsewhere'"):
        fuse(*cohort, settings=absent, seed=0)


@pytest.mark.slow
def test_processes_do_not_change_the_result(settings):
    cnn, patients = make_cohort(2 * WORTH_PROCESSES, 6, n_folds=2)
    splits = make_splits(cnn)
    shown = []

    def progress(items, *, total, label):
        for item in items:
            shown.append((total, label))
            yield item

    one, two = (
        fuse_clinical(splits, patients, settings=settings, seed=3, n_workers=n, progress=progress)
        for n in (1, 2)
    )
    for name in ("predictions", "collinearity", "importances", "choices"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name), check_exact=True)
    assert shown == [(2, "fuse")] * 4
