"""The whole road on a tiny synthetic cohort, each command as a user types it."""

import os
import subprocess
import sys

import pandas as pd
import pytest

from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.store import read_manifest
from cirrhosis.fusion.forest_files import read_forests

SETTINGS = (
    "experiment=demo",
    "name=road",
    "phantom.n_patients=60",
    "phantom.in_plane_voxels=48",
    "phantom.n_slices=16",
    "split=cross_validation",
    "split.n_folds=3",
    "preparation.sequences=[t1,t2]",
    "preparation.intensities.image_size=32",
    "protocol.fixed_epochs=2",
    "fusion.n_estimators=[20]",
    "fusion.max_depth=[3]",
    "fusion.permutation_repeats=1",
    "fusion.missing=impute",
)


@pytest.fixture(scope="module")
def road(tmp_path_factory):
    root = tmp_path_factory.mktemp("road")
    printed = {}
    for command, words in {
        "phantom": (),
        "split": (),
        "prepare": (),
        "train": ("-m", "sequences=all", "fold=all", "variant=v"),
        "fuse": (),
        "evaluate": (),
        "report": (),
    }.items():
        printed[command] = call(root, command, *words)
    return root, printed


def call(root, command, *words):
    environment = os.environ | {"CIRRHOSIS_ROOT": str(root), "OMP_NUM_THREADS": "1"}
    line = [sys.executable, "-m", "cirrhosis.commands", command, *SETTINGS, *words]
    answer = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stdout[-3000:] + answer.stderr[-3000:]
    return answer.stdout


def test_phantom_says_that_it_is_synthetic_and_how_hard(road):
    _, printed = road
    assert "SYNTHETIC" in printed["phantom"]
    assert all(word in printed["phantom"] for word in ("severity", "intensity", "area"))


def test_split_prints_flow_and_prevalence(road):
    _, printed = road
    assert "in patients.csv" in printed["split"]
    assert "prevalence over folds" in printed["split"]


def test_store_is_marked_synthetic_and_complete(road):
    root, _ = road
    manifest = read_manifest(root / "prepared" / "road")
    included = pd.read_csv(root / "splits" / "road.csv")["excluded_for"].isna().sum()
    assert manifest.synthetic
    assert len(manifest.patients) == included


def test_every_model_has_out_of_fold_rows_of_the_same_patients(road):
    root, _ = road
    rows = read_predictions(root / "results/road/v/fusion/predictions.csv")
    models = {"combined", "clinical", "cnn", "fib4", "apri", "reader_1", "reader_2"}
    assert set(rows["model"]) == models
    patients = rows.groupby("model")["patient_id"].agg(frozenset)
    assert patients.nunique() == 1
    assert len(read_forests(root / "results/road/v/fusion/forests", "combined")) == 3


def test_tables_name_n_interval_and_method(road):
    root, _ = road
    table = pd.read_csv(root / "results/road/v/table2.csv")
    columns = {"n", "auroc", "auroc_low", "auroc_high", "auroc_method", "protocol"}
    assert columns <= set(table.columns)
    combinations = pd.read_csv(root / "results/road/v/combinations.csv")
    assert combinations["chosen"].sum() == 1
    assert set(combinations["sequences"]) == {"t1", "t2", "t1+t2"}


def test_report_is_one_page_that_says_synthetic(road):
    root, printed = road
    page = root / "results/road/v/report/index.html"
    assert str(page) in printed["report"]
    text = page.read_text()
    assert "ynthetic" in text
    assert "<script src" not in text
    assert "nan" not in printed["report"].lower().replace("finance", "")


def test_finished_work_is_not_repeated(road):
    root, _ = road
    assert "kept" in call(root, "prepare")
    again = call(root, "train", "-m", "sequences=all", "fold=all", "variant=v")
    assert again.count("finished before, skipped") == 9


def test_doctor_finds_everything_well(road):
    root, _ = road
    assert "all well" in call(root, "doctor")
