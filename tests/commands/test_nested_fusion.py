"""Networks that hold out two folds, and the fusion that is fitted on their scores."""

import os
import subprocess
import sys

import pandas as pd
import pytest

from cirrhosis.commands.sweep import expand_all
from cirrhosis.contracts.cohort import write_cohort
from cirrhosis.contracts.predictions import read_predictions
from tests.fusion.made_cohort import make_cohort
from tests.made_store import SIZE, make_split, make_store

SETTINGS = (
    "name=made",
    "model=small",
    f"preparation.intensities.image_size={SIZE}",
    "protocol.minimum_stopping=1",
    "trainer.max_epochs=2",
    "protocol.fixed_epochs=2",
    "threads=1",
    "n_workers=1",
    "variant=v",
    "split.n_folds=4",
    "logger=none",
    "fusion.n_estimators=[5]",
    "fusion.max_depth=[3]",
    "fusion.min_samples_leaf=[2]",
    "fusion.selection_trees=5",
    "fusion.permutation_repeats=1",
)
LABELS = {"fibrosis_scheme": "metavir", "fibrosis_stage": "4"}
VOLUMES = ("patient_id", "study_date", "sequence", "path", "liver_mask_path")


@pytest.fixture
def root(tmp_path):
    splits = make_split(tmp_path / "splits" / "made.csv", n_folds=4)
    make_store(tmp_path / "prepared" / "made", splits)
    _, patients = make_cohort(n_training=60, n_test=10)
    volumes = pd.DataFrame(columns=VOLUMES, dtype="string")
    write_cohort(tmp_path / "cohorts" / "made", patients.assign(**LABELS), volumes)
    return tmp_path


def call(root, command, *words):
    answer = subprocess.run(
        [sys.executable, "-m", "cirrhosis.commands", command, *SETTINGS, *words],
        env=os.environ | {"CIRRHOSIS_ROOT": str(root), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.returncode, answer.stdout + answer.stderr


def succeed(root, command, *words):
    code, output = call(root, command, *words)
    assert code == 0, output
    return output


def test_pairs_are_written_out_in_a_sweep(root, monkeypatch):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(root))
    words = ["-m", "name=made", "sequences=t1", "fold=pairs"]
    expanded = expand_all("train", words)
    assert expanded[:-1] == words[:-1]
    assert expanded[-1] == "fold=0-1,0-2,0-3,1-2,1-3,2-3"
    assert expand_all("train", ["fold=pairs"]) == ["fold=pairs"]


@pytest.mark.slow
def test_pairs_are_trained_and_the_forest_is_fitted_on_them(root):
    succeed(root, "train", "sequences=t1", "fold=all")
    code, output = call(root, "fuse", "fusion.nested=true")
    assert code == 1
    assert "cirrhosis train -m sequences=t1 fold=pairs" in output
    succeed(root, "train", "-m", "sequences=t1", "fold=pairs")
    folds = {path.parent.name for path in (root / "runs").rglob("status.json")}
    assert {"fold-0", "fold-3", "fold-0-1", "fold-2-3"} <= folds
    assert len(folds) == 4 + 6
    [pair] = (root / "runs").rglob("fold-1-3/predictions.csv")
    rows = read_predictions(pair)
    assert set(rows["fold"]) == {1, 3}
    assert set(rows["split"]) == {"training"}

    succeed(root, "fuse", "fusion.nested=true")
    nested = read_predictions(root / "results/made/v/fusion/predictions.csv")
    succeed(root, "fuse")
    plain = read_predictions(root / "results/made/v/fusion/predictions.csv")
    protocols = nested.groupby("model")["protocol"].unique().map(list).to_dict()
    assert protocols["combined"] == ["nested_fusion"]
    assert protocols["cnn"] == protocols["clinical"] == ["nested"]
    # Pairs add nothing to the networks' own rows.
    for model in ("cnn", "clinical"):
        one, two = (
            table[table["model"] == model].reset_index(drop=True) for table in (nested, plain)
        )
        pd.testing.assert_frame_equal(one, two)
