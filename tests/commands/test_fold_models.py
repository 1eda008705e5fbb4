"""Which trained model may serve a patient: never one that has seen him."""

import pytest

from cirrhosis.commands.fold_models import find_models
from cirrhosis.commands.task_run import plan_task
from cirrhosis.commands.training_run import working_on
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import write_json
from cirrhosis.contracts.run import read_status, write_status
from tests.made_store import make_split

N_FOLDS = 3


def make_values(root, **changes):
    return {
        "paths": {"runs": str(root / "runs")},
        "name": "made",
        "task": {"name": "segmentation"},
        "variant": "v",
        "sequences": "t1",
        "seed": 1,
        "fold": "all",
        "on_existing": "skip",
        "on_code_change": "warn",
        "takeover_seconds": 300,
        "callbacks": {"keep_weights": True},
        "segmenter": {"steps": 5},
    } | changes


@pytest.fixture
def split(tmp_path):
    return make_split(tmp_path / "made.csv", n_training=12, n_test=2, n_folds=N_FOLDS)


def finish(root, split, **changes):
    """Leave finished runs as training does."""
    values = make_values(root, **changes)
    runs = plan_task(values, split, relevant=("segmenter",), data_hash="d")
    for run in runs:
        with working_on(run.plan, run.values) as work:
            assert work is not None
            write_json({"split_hash": split.hash}, run.plan.folder.model_record)
            run.plan.folder.model.write_bytes(b"w")
    return runs


def test_held_out_and_training_patients_are_the_folds_of_the_split(split, tmp_path):
    runs = plan_task(make_values(tmp_path), split, relevant=("segmenter",), data_hash="d")
    training = set(split.included.loc[split.included["split"] == "training", "patient_id"])
    assert len(runs) == N_FOLDS
    assert set().union(*(run.held_out for run in runs)) == training
    for run in runs:
        assert set(run.train) == training - set(run.held_out)


def test_a_training_patient_gets_the_model_that_did_not_see_it(split, tmp_path):
    runs = finish(tmp_path, split)
    models = find_models(make_values(tmp_path), "segmentation", "made/v", split)
    for run in runs:
        for patient in run.held_out:
            folders, words = models.folders_for(patient)
            assert folders == (run.plan.folder.folder,)
            assert words == f"fold {run.fold} (out-of-fold)"
            assert patient not in run.train


def test_everybody_else_gets_all_models(split, tmp_path):
    finish(tmp_path, split)
    models = find_models(make_values(tmp_path), "segmentation", "made/v", split)
    tests = split.included.loc[split.included["split"] != "training", "patient_id"]
    for patient in [*tests, "a stranger"]:
        folders, words = models.folders_for(patient)
        assert len(set(folders)) == N_FOLDS
        assert words == f"mean of {N_FOLDS}"


def test_models_of_a_split_drawn_anew_are_refused(split, tmp_path):
    finish(tmp_path, split)
    other = make_split(tmp_path / "other.csv", n_training=14, n_test=2, n_folds=N_FOLDS)
    with pytest.raises(ContractError, match=r"another .*may have seen.*on_existing=force"):
        find_models(make_values(tmp_path), "segmentation", "made/v", other)


def test_a_record_of_another_split_is_refused(split, tmp_path):
    runs = finish(tmp_path, split)
    write_json({"split_hash": "0" * 64}, runs[1].plan.folder.model_record)
    with pytest.raises(ContractError, match=r"fold 1 was trained on another .*by model\.json"):
        find_models(make_values(tmp_path), "segmentation", "made/v", split)


def test_a_fold_without_a_finished_model_is_named(split, tmp_path):
    runs = finish(tmp_path, split)
    path = runs[2].plan.folder.status
    write_status(read_status(path).with_changes(state="running"), path)
    with pytest.raises(ContractError, match=r"1 have none: '2'; run `cirrhosis train"):
        find_models(make_values(tmp_path), "segmentation", "made/v", split)


def test_models_of_another_seed_do_not_serve(split, tmp_path):
    finish(tmp_path, split)
    with pytest.raises(ContractError, match="3 have none"):
        find_models(make_values(tmp_path, seed=2), "segmentation", "made/v", split)


def test_several_combinations_are_ambiguous(split, tmp_path):
    finish(tmp_path, split)
    finish(tmp_path, split, sequences="t1+t2")
    with pytest.raises(ContractError, match=r"t1, t1\+t2|t1\+t2"):
        find_models(make_values(tmp_path), "segmentation", "made/v", split)


@pytest.mark.parametrize("name", ["made", "/v", "made/"])
def test_a_name_without_experiment_or_variant_is_refused(name, split, tmp_path):
    with pytest.raises(ContractError, match="<experiment>/<variant>"):
        find_models(make_values(tmp_path), "segmentation", name, split)


def test_a_finished_run_is_skipped_unless_its_model_is_gone(split, tmp_path):
    runs = finish(tmp_path, split)
    with working_on(runs[0].plan, runs[0].values) as work:
        assert work is None
    runs[0].plan.folder.model.unlink()
    with working_on(runs[0].plan, runs[0].values) as work:
        assert work is not None


def test_other_settings_in_the_same_folder_are_refused(split, tmp_path):
    finish(tmp_path, split)
    with pytest.raises(ContractError, match="steps"):
        finish(tmp_path, split, segmenter={"steps": 6})


@pytest.mark.parametrize("fold", ["pairs", "0-1", 3])
def test_folds_that_no_model_holds_out_are_refused(fold, split, tmp_path):
    with pytest.raises(ContractError, match="0, 1, 2, all"):
        plan_task(make_values(tmp_path, fold=fold), split, relevant=(), data_hash="d")
