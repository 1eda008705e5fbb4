"""The whole road with patients who lack a sequence, under both rules, as a user types it."""

import pandas as pd
import pytest

from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.splits import read_splits
from cirrhosis.contracts.store import read_manifest
from tests.command_process import CommandProcess
from tests.commands.test_road import SETTINGS

pytestmark = pytest.mark.slow

WORDS = ("preparation.on_missing=skip", "logger=none", "evaluation.selection.n_resamples=20")
RULES = ("complete_case", "available")


def call(root, command, *words):
    environment = {"CIRRHOSIS_ROOT": str(root), "OMP_NUM_THREADS": "1"}
    code, printed = CommandProcess([command, *SETTINGS, *words], environment).wait(900)
    assert code == 0, printed[-3000:]
    return printed


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("road")
    call(folder, "phantom")
    path = folder / "cohorts" / "road" / "volumes.csv"
    volumes = pd.read_csv(path, dtype="string")
    names = sorted(volumes["patient_id"].unique())
    # Every sixth patient has no t2, one has not even the fixed sequence.
    lacks = volumes["patient_id"].isin(names[::6]) & (volumes["sequence"] == "t2")
    lacks |= (volumes["patient_id"] == names[1]) & (volumes["sequence"] == "t1")
    volumes[~lacks].to_csv(path, index=False)
    call(folder, "split")
    told = call(folder, "prepare", *WORDS)
    assert "lack a sequence (" in told
    assert "without t2)" in told
    assert "expected the fixed sequence 't1' of" in told
    return folder


@pytest.fixture(scope="module", params=RULES)
def finished(request, root):
    rule = request.param
    words = (*WORDS, f"variant={rule}", f"data.incomplete={rule}")
    call(root, "train", "-m", "sequences=all", "fold=all", "hydra/launcher=basic", *words)
    for command in ("fuse", "evaluate", "report"):
        call(root, command, *words, "fusion.sequences=t1+t2")
    return rule


def read_rows(root, rule):
    runs = sorted((root / "runs" / "road" / "classification" / rule).rglob("predictions.csv"))
    return pd.concat([read_predictions(path) for path in runs])


def test_each_combination_has_the_patients_of_the_rule(root, finished):
    lacking = set(read_manifest(root / "prepared" / "road").absent)
    everyone = set(read_manifest(root / "prepared" / "road").patients)
    used = read_rows(root, finished).groupby("sequences")["patient_id"].agg(set).to_dict()
    whole = everyone - lacking
    of_t1 = whole if finished == "complete_case" else everyone
    assert used == {"t1": of_t1, "t2": whole, "t1+t2": whole}
    assert lacking


def test_nobody_changed_sides(root, finished):
    splits = read_splits(root / "splits" / "road.csv").table.set_index("patient_id")
    rows = read_rows(root, finished)
    assert (rows["fold"].to_numpy() == splits.loc[rows["patient_id"], "fold"].to_numpy()).all()
    assert rows.groupby(["sequences", "patient_id"]).size().max() == 1


def test_combinations_are_compared_on_shared_patients(root, finished):
    combinations = pd.read_csv(root / "results" / "road" / finished / "combinations.csv")
    n = combinations.set_index("sequences")["n"]
    assert (n["t1"] > n["t2"]) == (finished == "available")
    assert n["t2"] == n["t1+t2"]
    assert combinations["auroc"].notna().all()


def test_the_patient_flow_counts_those_left_out(root, finished):
    flow = pd.read_csv(root / "results" / "road" / finished / "flow.csv")
    step = flow[flow["step"] == f"lacks a sequence ({finished})"].set_index("split")
    # The fused combination needs both sequences under either rule.
    assert step.loc["training", "excluded"] == len(read_manifest(root / "prepared" / "road").absent)
    assert "t2" in step.loc["training", "reason"]
    assert flow[flow["step"] == "no CNN score"]["excluded"].sum() == 0
    assert (root / "results" / "road" / finished / "report" / "index.html").is_file()
