"""One run in two processes of this machine, as its users start it, on a small made store."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import numpy as np
import pandas as pd
import psutil
import pytest
import torch
from hydra import compose, initialize_config_dir

from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.placement import ALONE, Placement, find_placement, place_trainer
from cirrhosis.commands.predicting import interleave
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
    "threads=1",
    "sequences=t1",
    # Fold 0, on which fold 4 stops, has 13 patients: not an even number.
    "fold=4",
    "protocol.minimum_stopping=1",
    "trainer.max_epochs=4",
    "data.batch_size=8",
    "variant=v",
    "logger=none",
)
TWO = (
    "trainer=ddp",
    "trainer.accelerator=cpu",
    "trainer.devices=2",
    "trainer.sync_batchnorm=false",
)
LONG = ("trainer.max_epochs=2000", "callbacks.early_stopping.patience=5000")


def counting(folder):
    """Settings under which nothing is drawn, and everything fed is counted."""
    folder.mkdir(exist_ok=True)
    return (
        "model._target_=tests.commands.counting_network.build",
        f"+model.folder={folder}",
        "augmentation=none",
        # Not Adam, to which the size of a gradient is all the same.
        "optimizer._target_=torch.optim.SGD",
        "optimizer.lr=0.05",
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    splits = make_split(folder / "splits" / "made.csv", n_training=61, n_test=9)
    make_store(folder / "prepared" / "made", splits)
    return folder


def make_root(store, folder):
    folder.mkdir()
    for name in ("splits", "prepared"):
        (folder / name).symlink_to(store / name)
    return folder


def start(root, *words, launcher=()):
    program = launcher or (sys.executable, "-m")
    return subprocess.Popen(
        [*program, "cirrhosis.commands", "train", *SETTINGS, *words],
        env=os.environ | {"CIRRHOSIS_ROOT": str(root), "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def train(root, *words, launcher=()):
    process = start(root, *words, launcher=launcher)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    return output


def train_here(monkeypatch, root, *words):
    """Train in this process."""
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(root))
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        config = compose("train", [*SETTINGS, *words])
    return run(config)


def place(root):
    return RunFolder(root / "runs/made/classification/v/t1/seed-1/fold-4")


def wait_for(condition, process, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def weights(folder, name="best.ckpt"):
    return torch.load(folder.checkpoints / name, weights_only=True)["state_dict"]


def fed(folder, rank):
    """What a rank was fed: lists of patients in training, then outside."""
    lines = [json.loads(line) for line in (folder / f"rank-{rank}.jsonl").read_text().splitlines()]
    parts = {True: [], False: []}
    for line in lines:
        parts[line["training"]].append(line["patients"])
    return parts[True], parts[False]


@pytest.fixture(scope="module")
def together(store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("together")
    root = make_root(store, folder / "root")
    output = train(root, *TWO, *counting(folder / "fed"))
    return root, folder / "fed", output


def test_each_patient_is_trained_once_per_epoch_in_batches_of_the_size_asked(together):
    _, folder, _ = together
    first, second = fed(folder, 0)[0], fed(folder, 1)[0]
    sizes = [(len(one), len(two)) for one, two in zip(first, second, strict=True)]
    # 36 patients in five batches of at most eight, each dealt to both.
    assert sizes == [(4, 4), (4, 3), (4, 3), (4, 3), (4, 3)] * 4
    for epoch in range(4):
        batches = [*first[5 * epoch : 5 * epoch + 5], *second[5 * epoch : 5 * epoch + 5]]
        counts = Counter(patient for batch in batches for patient in batch)
        assert len(counts) == 36
        assert set(counts.values()) == {1}


def test_no_patient_is_validated_or_predicted_twice(together):
    _, folder, _ = together
    counts = Counter(
        patient for rank in (0, 1) for batch in fed(folder, rank)[1] for patient in batch
    )
    # 13 stopping patients in each of four epochs, 12 held out and 9 for the test once.
    assert sorted(counts.values()) == [1] * 21 + [4] * 13


def test_two_processes_learn_what_one_does(together, store, tmp_path, monkeypatch):
    root, _, _ = together
    alone = make_root(store, tmp_path / "root")
    # The same network alone: only its count of the fed is another.
    train_here(monkeypatch, alone, *counting(tmp_path / "fed"))
    one, two = place(alone), place(root)
    pd.testing.assert_frame_equal(
        pd.read_csv(one.metrics), pd.read_csv(two.metrics), rtol=1e-4, check_exact=False
    )
    expected, found = weights(one), weights(two)
    assert expected.keys() == found.keys()
    for name in expected:
        torch.testing.assert_close(expected[name], found[name], rtol=1e-4, atol=1e-6)
    pd.testing.assert_frame_equal(
        read_predictions(one.predictions), read_predictions(two.predictions), rtol=1e-4
    )


def test_the_signal_is_found_and_only_the_first_process_writes(together):
    root, _, output = together
    folder = place(root)
    predictions = read_predictions(folder.predictions)
    assert auroc(predictions["y_true"], predictions["y_score"]).value > 0.95
    assert read_status(folder.status).state == "finished"
    names = {path.name for path in folder.folder.iterdir()}
    assert names == {
        "checkpoints",
        "config.yaml",
        "left_out.csv",
        "metrics.csv",
        "predictions.csv",
        "rank-1.log",
        "run.log",
        "status.json",
    }
    # Hydra's folder and the run's: no other came about.
    assert {path.name for path in root.iterdir()} == {"logs", "prepared", "runs", "splits"}
    assert [path.name for path in (root / "logs").iterdir()] == ["train"]
    assert output.count("best AUROC of the stopping fold") == 1


def test_nothing_is_started_for_a_finished_run(together, monkeypatch):
    root, folder, _ = together
    log = place(root).folder / "rank-1.log"
    before = log.stat().st_mtime_ns, fed(folder, 0)
    assert train_here(monkeypatch, root, *TWO, *counting(folder)) > 0.95
    assert (log.stat().st_mtime_ns, fed(folder, 0)) == before


def test_another_number_of_processes_is_another_run(together, monkeypatch):
    root, folder, _ = together
    with pytest.raises(ContractError, match=r"trainer\.n_ranks: 2 there, 3 now"):
        train_here(monkeypatch, root, *TWO, "trainer.devices=3", *counting(folder))


@pytest.mark.slow
def test_when_one_process_is_killed_all_end_with_its_name(store, tmp_path):
    root = make_root(store, tmp_path / "root")
    process = start(root, *TWO, *LONG)
    folder = place(root)
    wait_for(folder.metrics.exists, process)
    ranks = psutil.Process(process.pid).children(recursive=True)
    second = next(rank for rank in ranks if rank.environ().get("RANK") == "1")
    second.kill()
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "error: rank 1 of 2: was killed by signal 9" in output
    assert "rank-1.log" in output
    psutil.wait_procs(ranks, timeout=10)
    assert not [rank for rank in ranks if rank.is_running()]
    status = read_status(folder.status)
    assert status.state == "failed"
    assert "rank 1 of 2" in status.reason
    assert not folder.lock.exists()


@pytest.mark.slow
def test_an_error_of_one_process_is_the_error_of_all(store, tmp_path):
    root = make_root(store, tmp_path / "root")
    process = start(root, *TWO, *counting(tmp_path / "fed"), "+model.fails=1")
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "error: rank 1 of 2: RuntimeError: planted" in output
    assert "Traceback" not in output
    assert "in forward" in place(root).log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_when_the_console_ends_no_process_is_left(store, tmp_path, number):
    root = make_root(store, tmp_path / "root")
    process = start(root, *TWO, *LONG)
    wait_for(place(root).metrics.exists, process)
    ranks = psutil.Process(process.pid).children(recursive=True)
    assert len(ranks) >= 2
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode != 0
    _, left = psutil.wait_procs(ranks, timeout=20)
    assert not left


@pytest.mark.slow
def test_a_killed_run_goes_on_and_ends_equal_to_an_undisturbed_one(store, tmp_path):
    words = (
        "trainer.max_epochs=30",
        "callbacks.restart_every_n_seconds=0",
        "callbacks.early_stopping.patience=50",
        *TWO,
    )
    undisturbed = make_root(store, tmp_path / "undisturbed")
    train(undisturbed, *words)
    killed = make_root(store, tmp_path / "killed")
    process = start(killed, *words)
    folder = place(killed)
    wait_for((folder.checkpoints / "last.ckpt").exists, process)
    process.kill()
    process.communicate()
    assert "of them before an interruption" in train(killed, *words)
    assert_equal(place(undisturbed), folder)


@pytest.mark.slow
def test_torchrun_gives_the_same_run_as_our_own_processes(store, tmp_path):
    launcher = (
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--nproc-per-node=2",
        "--rdzv-backend=c10d",
        "--rdzv-endpoint=127.0.0.1:0",
        "-m",
    )
    own, torchrun = (make_root(store, tmp_path / name) for name in ("own", "torchrun"))
    train(own, *TWO)
    output = train(torchrun, *TWO, launcher=launcher)
    assert_equal(place(own), place(torchrun))
    assert (place(torchrun).folder / "rank-1.log").exists()
    assert "finished before, skipped" in train(torchrun, *TWO, launcher=launcher)
    assert output.count("best AUROC of the stopping fold") == 1


def assert_equal(one, two):
    assert one.metrics.read_bytes() == two.metrics.read_bytes()
    assert one.predictions.read_bytes() == two.predictions.read_bytes()
    first, second = weights(one), weights(two)
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(("n_rows", "n_ranks"), [(7, 2), (6, 2), (7, 3), (2, 3), (5, 1)])
def test_scores_of_all_ranks_stand_in_the_order_of_one(n_rows, n_ranks):
    scores = np.arange(n_rows) / 10
    parts = [scores[rank::n_ranks] for rank in range(n_ranks)]
    np.testing.assert_array_equal(interleave(parts, n_rows), scores)


def test_a_patient_predicted_twice_is_refused():
    # What Lightning's own sampler does with seven patients and two ranks.
    parts = [np.arange(4.0), np.arange(4.0)]
    with pytest.raises(ContractError, match="rank 1 of 2 to predict 3 of 7"):
        interleave(parts, 7)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ALONE),
        ({"RANK": "3", "WORLD_SIZE": "4", "LOCAL_WORLD_SIZE": "2"}, Placement(3, 4, 2)),
        (
            {"SLURM_PROCID": "1", "SLURM_STEP_NUM_TASKS": "4", "SLURM_STEP_NUM_NODES": "2"},
            Placement(1, 4, 2),
        ),
        # A batch script without srun is one process, whatever was asked of Slurm.
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "4"}, ALONE),
    ],
)
def test_who_started_this_process_is_seen(environment, expected):
    assert find_placement(environment) == expected


def test_nodes_are_counted_for_the_trainer():
    settings = {"devices": "auto", "strategy": "ddp", "sync_batchnorm": True}
    placed = place_trainer(settings, Placement(3, 4, 2))
    assert (placed["devices"], placed["num_nodes"], placed["strategy"]) == (2, 2, "ddp")
    assert place_trainer(settings, ALONE)["strategy"] == "auto"
