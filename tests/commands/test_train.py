"""The training command on a small made store: as a command where its words and its exit
count, in the process of the test where only the run counts."""

import json
from dataclasses import replace

import pandas as pd
import pytest
import torch

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.run import RunStatus, read_status, write_status
from cirrhosis.contracts.store import write_manifest
from cirrhosis.runs.claim import claim
from cirrhosis.runs.jobs import read_jobs
from cirrhosis.statistics.discrimination import auroc
from tests.command_process import CommandProcess
from tests.commands.in_process import SETTINGS, make_root, place, share, train_here
from tests.made_store import make_split, make_store

# Workers load torch for themselves, which takes longer than these runs.
ONE_PROCESS = ("hydra/launcher=basic", "logger=none")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_root(tmp_path_factory.mktemp("root"))


def train(root, *words):
    process = CommandProcess(["train", *SETTINGS, *words], {"CIRRHOSIS_ROOT": str(root)})
    return process.wait()


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


def test_wandb_has_one_offline_run_per_fold_without_patients(root, finished):
    _, output = finished
    folder = root / "tracking" / "made" / "wandb"
    files = list(folder.glob("offline-run-*/*.wandb"))
    assert len(files) == 1
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
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


def test_existing_run_can_be_forbidden(root, finished, monkeypatch):
    with pytest.raises(ContractError, match="on_existing=fail"):
        train_here(root, monkeypatch, "sequences=t1", "fold=0", "on_existing=fail")


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
    with pytest.raises(ContractError, match=message):
        train_here(root, monkeypatch, *words)


def test_an_unknown_key_is_named_without_a_traceback(root):
    code, output = train(root, "sequences=t1", "fold=0", "data.batchsize=3")
    assert code == 1
    assert "batchsize" in output
    assert "Traceback" not in output


def test_two_runs_on_cpu_are_equal(root, finished, tmp_path, monkeypatch):
    run, _ = finished
    other = share(root, tmp_path / "root")
    # Neither the process nor the logger changes the result.
    train_here(other, monkeypatch, "sequences=t1", "fold=0", "logger=none")
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


def test_a_sweep_names_failures_and_finishes_the_rest(root):
    code, output = train(root, "-m", "sequences=t2,dwi", "fold=0", "variant=sweep", *ONE_PROCESS)
    assert code == 1
    assert read_status(place(root, "t2", variant="sweep").status).state == "finished"
    assert "sweep: 1 of 2 jobs done, 1 failed" in output
    assert "'dwi' is not among them" in output
    # The run that was never begun says so too, and holds the traceback.
    failed = place(root, "dwi", variant="sweep")
    assert read_status(failed.status).state == "failed"
    assert "'dwi' is not among them" in read_status(failed.status).reason
    assert "Traceback" in failed.log.read_text()
    jobs = read_jobs(next((root / "logs" / "train-sweeps").glob("*/jobs.json")).parent)
    assert [job.folder for job in jobs] == [
        place(root, name, variant="sweep").folder for name in ("t2", "dwi")
    ]


def test_a_sweep_leaves_a_run_to_the_process_that_works_on_it(root):
    words = ("sequences=t1,t2", "fold=1", "variant=left", "debug=quick", *ONE_PROCESS)
    held = place(root, "t1", fold=1, variant="left")
    with claim(held.lock, takeover_seconds=60):
        write_status(RunStatus("running", "f", {}, owner="here:1"), held.status)
        code, output = train(root, "-m", *words)
    assert code == 1
    assert "t1 seed 1 fold 1: left to the process that works on it" in output
    assert "1 of 2 jobs done, 1 not finished" in output
    assert "not finished: another process works on it: here:1" in output
    assert read_status(held.status).state == "running"


def test_a_sweep_of_one_folder_for_two_configurations_is_refused_before_it_starts(root):
    words = ("sequences=t1", "fold=0", "variant=shared", "optimizer.lr=0.1,0.2", "logger=none")
    code, output = train(root, "-m", *words)
    assert code == 1
    assert "config.optimizer.lr: 0.1 in job 0, 0.2 in job 1" in output
    assert "Traceback" not in output
    assert not (root / "runs/made/classification/shared").exists()


def test_all_is_expanded_to_every_combination_and_fold(root):
    code, output = train(
        root, "-m", "sequences=all", "fold=all", "variant=all", "debug=quick", *ONE_PROCESS
    )
    assert code == 0, output
    runs = list((root / "runs/made/classification/all").rglob("status.json"))
    assert len(runs) == 15
    assert {json.loads(path.read_text())["state"] for path in runs} == {"finished"}


def test_nested_protocol_stops_on_the_next_fold(root, monkeypatch):
    words = ("sequences=t1", "fold=0", "variant=nested", "protocol.minimum_stopping=1")
    objective = train_here(root, monkeypatch, *words, "trainer.max_epochs=12", "logger=none")
    run = place(root, variant="nested")
    metrics = pd.read_csv(run.metrics)
    assert {"val/auroc", "val/loss"} <= set(metrics.columns)
    assert [path.name for path in run.checkpoints.iterdir()] == ["best.ckpt"]
    assert read_status(run.status).best == pytest.approx(metrics["val/auroc"].max())
    assert set(read_predictions(run.predictions)["protocol"]) == {"nested"}
    # What an optimiser maximises comes from the stopping rows, also of a run that is skipped.
    assert objective == read_status(run.status).best
    assert train_here(root, monkeypatch, *words, "trainer.max_epochs=12") == objective


def test_paper_protocol_is_marked(root, monkeypatch):
    words = ("sequences=t1", "fold=0", "variant=paper", "protocol=paper", "logger=none")
    train_here(root, monkeypatch, *words)
    predictions = read_predictions(place(root, variant="paper").predictions)
    assert set(predictions["protocol"]) == {"paper"}


def test_resnet18_trains_one_fold(root, monkeypatch):
    words = ("sequences=t1", "fold=0", "model=resnet18", "variant=resnet18", "debug=quick")
    train_here(root, monkeypatch, *words, "logger=none")
    assert place(root, variant="resnet18").predictions.exists()


def test_patient_whose_preparation_failed_is_left_out_with_a_word(tmp_path, monkeypatch, caplog):
    other = tmp_path / "root"
    splits = make_split(other / "splits" / "made.csv")
    folder = other / "prepared" / "made"
    manifest = make_store(folder, splits)
    kept = {name: value for name, value in manifest.patients.items() if name != "P003"}
    write_manifest(replace(manifest, patients=kept), folder)
    (folder / "failures.csv").write_text("patient_id,stage,reason\nP003,read,truncated\n")
    train_here(other, monkeypatch, "sequences=t1", "fold=0", "debug=quick", "logger=none")
    assert "could not be prepared (failures.csv of the store): 1 of training: 'P003'" in caplog.text
    assert "P003" not in set(read_predictions(place(other).predictions)["patient_id"])
