"""The training command as its users run it: in processes of its own, on a small made store."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import torch
from hydra import compose, initialize_config_dir

from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.train import run
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.run import RunFolder, read_status
from cirrhosis.statistics.discrimination import auroc
from tests.made_store import SIZE, make_split, make_store

SETTINGS = (
    "name=made",
    "model=small",
    f"preparation.intensities.image_size={SIZE}",
    "protocol.fixed_epochs=6",
    "trainer.max_epochs=6",
    "threads=1",
    "variant=v",
    "augmentation=article",
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("root")
    splits = make_split(folder / "splits" / "made.csv")
    make_store(folder / "prepared" / "made", splits)
    return folder


def start(root, *words, command="train"):
    return subprocess.Popen(
        [sys.executable, "-m", "cirrhosis.commands", command, *SETTINGS, *words],
        env=os.environ | {"CIRRHOSIS_ROOT": str(root), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def train(root, *words):
    process = start(root, *words)
    output, _ = process.communicate(timeout=300)
    return process.returncode, output


def place(root, sequences="t1", fold=0, variant="v"):
    return RunFolder(
        root / "runs/made/classification" / variant / sequences / "seed-1" / f"fold-{fold}"
    )


@pytest.fixture(scope="module")
def finished(root):
    code, output = train(root, "sequences=t1", "fold=0")
    assert code == 0, output
    return place(root), output


def test_a_run_leaves_what_the_contract_names(finished):
    run, _ = finished
    status = read_status(run.status)
    assert status.state == "finished"
    assert run.config.exists()
    assert not run.lock.exists()
    assert len(pd.read_csv(run.metrics)) == 6
    predictions = read_predictions(run.predictions)
    assert predictions["split"].value_counts().to_dict() == {"training": 12, "external": 10}
    assert set(predictions["protocol"]) == {"fixed_epochs"}


def test_a_planted_signal_is_found(finished):
    predictions = read_predictions(finished[0].predictions)
    # The square is half as bright again as the brightest noise: nothing but a defect misses it.
    assert auroc(predictions["y_true"], predictions["y_score"]).value > 0.95


def test_checkpoint_is_weights_only_and_holds_plain_values(finished):
    run, _ = finished
    assert [path.name for path in run.checkpoints.iterdir()] == ["final.ckpt"]
    checkpoint = torch.load(run.checkpoints / "final.ckpt", weights_only=True)
    assert "optimizer_states" not in checkpoint


def test_wandb_has_one_offline_run_per_fold_without_patients(finished):
    run, output = finished
    files = list(run.folder.glob("wandb/offline-run-*/*.wandb"))
    assert len(files) == 1
    content = b"".join(
        path.read_bytes() for path in run.folder.rglob("wandb/**/*") if path.is_file()
    )
    assert b"P001" not in content
    assert "login" not in output.lower()


def test_a_finished_run_is_not_trained_again(root, finished):
    run, _ = finished
    before = run.predictions.stat().st_mtime_ns
    code, output = train(root, "sequences=[t1]", "fold=0")
    assert code == 0
    assert "finished before, skipped" in output
    assert run.predictions.stat().st_mtime_ns == before


def test_another_identity_in_the_same_folder_is_refused(root, finished):
    code, output = train(root, "sequences=t1", "fold=0", "optimizer.lr=0.5")
    assert code == 1
    assert "config.optimizer.lr: 0.001 there, 0.5 now" in output
    assert "Traceback" not in output


def test_existing_run_can_be_forbidden(root, finished):
    code, output = train(root, "sequences=t1", "fold=0", "on_existing=fail")
    assert code == 1
    assert "on_existing=fail" in output


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sequences=dwi", "fold=0"), "'dwi' is not among them"),
        (("sequences=t1+t1", "fold=0"), "'t1' stands in it more than once"),
        (("sequences=t1", "fold=9"), r"expected a fold of 0..4"),
        (("sequences=t1", "fold=0", "data.image_size=64"), "store 16, asked 64"),
        (("sequences=t1", "fold=0", "store=none"), "run `cirrhosis prepare` first"),
        (("sequences=t1", "fold=0", "split.name=none"), "there is none"),
        (("sequences=chosen", "fold=0"), "nothing was fused yet"),
        (("sequences=t1",), "every obligatory setting, but 'fold' has none"),
    ],
)
def test_mistakes_are_named(root, monkeypatch, words, message):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(root))
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        config = compose("train", [*SETTINGS, *words])
    with pytest.raises(ContractError, match=message):
        run(config)


def test_an_unknown_key_is_named_without_a_traceback(root):
    code, output = train(root, "sequences=t1", "fold=0", "data.batchsize=3")
    assert code == 1
    assert "batchsize" in output
    assert "Traceback" not in output


def test_two_runs_on_cpu_are_equal(root, finished, tmp_path):
    run, _ = finished
    other = tmp_path / "root"
    other.mkdir()
    for name in ("splits", "prepared"):
        (other / name).symlink_to(root / name)
    code, output = train(other, "sequences=t1", "fold=0")
    assert code == 0, output
    assert_equal(run, place(other))


def assert_equal(one, two):
    assert one.metrics.read_bytes() == two.metrics.read_bytes()
    assert one.predictions.read_bytes() == two.predictions.read_bytes()
    first, second = (
        torch.load(run.checkpoints / "final.ckpt", weights_only=True)["state_dict"]
        for run in (one, two)
    )
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_a_killed_run_goes_on_and_ends_equal_to_an_undisturbed_one(root, tmp_path):
    words = (
        "sequences=t1",
        "fold=1",
        "protocol.fixed_epochs=60",
        "callbacks.restart_every_n_epochs=5",
    )
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    for folder in (undisturbed, killed):
        folder.mkdir()
        for name in ("splits", "prepared"):
            (folder / name).symlink_to(root / name)
    assert train(undisturbed, *words)[0] == 0

    process = start(killed, *words)
    run = place(killed, fold=1)
    wait_for(lambda: (run.checkpoints / "last.ckpt").exists())
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert read_status(run.status).state == "running"
    assert not run.predictions.exists()
    torch.load(run.checkpoints / "last.ckpt", weights_only=True)

    code, output = train(killed, *words)
    assert code == 0, output
    # Equal results alone would not tell a continued run from one that began anew.
    assert "of them before an interruption" in output
    assert_equal(place(undisturbed, fold=1), run)
    assert not (run.checkpoints / "last.ckpt").exists()


def test_a_sweep_names_failures_and_finishes_the_rest(root):
    code, output = train(root, "-m", "sequences=t2,dwi", "fold=0", "variant=sweep")
    assert code == 1
    assert read_status(place(root, "t2", variant="sweep").status).state == "finished"
    assert "sweep: 2 of 2 jobs ended, 1 failed" in output
    assert "'dwi' is not among them" in output


def test_all_is_expanded_to_every_combination_and_fold(root):
    code, output = train(root, "-m", "sequences=all", "fold=all", "variant=all", "debug=quick")
    assert code == 0, output
    runs = list((root / "runs/made/classification/all").rglob("status.json"))
    assert len(runs) == 15
    assert {json.loads(path.read_text())["state"] for path in runs} == {"finished"}


def test_nested_protocol_stops_on_the_next_fold(root):
    words = ("sequences=t1", "fold=0", "variant=nested", "protocol.minimum_stopping=1")
    code, output = train(root, *words, "trainer.max_epochs=12")
    assert code == 0, output
    run = place(root, variant="nested")
    metrics = pd.read_csv(run.metrics)
    assert {"val/auroc", "val/loss"} <= set(metrics.columns)
    assert (run.checkpoints / "best.ckpt").exists()
    assert read_status(run.status).best == pytest.approx(metrics["val/auroc"].max())
    assert set(read_predictions(run.predictions)["protocol"]) == {"nested"}


def test_paper_protocol_is_marked(root):
    code, output = train(root, "sequences=t1", "fold=0", "variant=paper", "protocol=paper")
    assert code == 0, output
    predictions = read_predictions(place(root, variant="paper").predictions)
    assert set(predictions["protocol"]) == {"paper"}


def test_resnet18_trains_one_fold(root):
    words = ("sequences=t1", "fold=0", "model=resnet18", "variant=resnet18", "debug=quick")
    code, output = train(root, *words)
    assert code == 0, output
    assert Path(place(root, variant="resnet18").predictions).exists()


def test_patient_whose_preparation_failed_is_left_out_with_a_word(root, tmp_path):
    other = tmp_path / "root"
    splits = make_split(other / "splits" / "made.csv")
    folder = other / "prepared" / "made"
    manifest = make_store(folder, splits)
    from dataclasses import replace

    from cirrhosis.contracts.store import write_manifest

    kept = {name: value for name, value in manifest.patients.items() if name != "P003"}
    write_manifest(replace(manifest, patients=kept), folder)
    (folder / "failures.csv").write_text("patient_id,stage,reason\nP003,read,truncated\n")
    code, output = train(other, "sequences=t1", "fold=0", "debug=quick")
    assert code == 0, output
    assert "1 patients of the split could not be prepared and are left out: 'P003'" in output
    assert "P003" not in set(read_predictions(place(other).predictions)["patient_id"])
