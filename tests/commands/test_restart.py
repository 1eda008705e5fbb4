"""An interrupted and continued run ends like one that nobody disturbed."""

import resource
import signal

import pandas as pd
import pytest
import torch

from cirrhosis.commands.interruption import RunInterrupted
from cirrhosis.commands.run_weights import read_weights
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.run import read_status
from tests.command_process import CommandProcess
from tests.commands import stopping_network
from tests.commands.in_process import SETTINGS, make_root, place, share, train_here
from tests.wandb_records import read_records

# 48 patients are learnt from: four steps an epoch, seven epochs.
PLAIN = (
    "sequences=t1",
    "fold=1",
    "model._target_=tests.commands.stopping_network.build",
    "data.batch_size=12",
    "protocol.fixed_epochs=7",
    "callbacks.restart_every_n_epochs=2",
    "callbacks.restart_every_n_seconds=0",
    "logger=none",
    "progress=false",
)
# A fold less: three steps an epoch. The rate falls after one epoch without progress, and
# training stops before its last epoch.
NESTED = (
    *PLAIN,
    "protocol.minimum_stopping=1",
    "trainer.max_epochs=40",
    "scheduler=plateau",
    "scheduler.patience=0",
    "optimizer.lr=0.03",
    "callbacks.early_stopping.patience=3",
)
EFFECTS = (
    "augmentation.rotation_probability=1",
    "augmentation.noise_probability=1",
)
EMA = ("callbacks=ema", "callbacks.averaging.decay=0.9")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return make_root(tmp_path_factory.mktemp("store"))


@pytest.fixture
def plan(monkeypatch):
    """Say what the network does at which step of training."""

    def set_plan(step, deed):
        monkeypatch.setattr(stopping_network, "PLAN", {"step": step, "deed": deed})

    return set_plan


@pytest.fixture
def pair(store, tmp_path, monkeypatch):
    """Train undisturbed, and return how to train in another place of the same store."""

    def train_undisturbed(*words):
        train_here(share(store, tmp_path / "undisturbed"), monkeypatch, *words)
        other = share(store, tmp_path / "disturbed")
        undisturbed = place(tmp_path / "undisturbed", fold=1)
        return undisturbed, place(other, fold=1), lambda: train_here(other, monkeypatch, *words)

    return train_undisturbed


def assert_equal(one, two):
    assert one.metrics.read_bytes() == two.metrics.read_bytes()
    assert one.predictions.read_bytes() == two.predictions.read_bytes()
    names = [path.name for path in one.checkpoints.iterdir()]
    assert [path.name for path in two.checkpoints.iterdir()] == names
    first, second = (read_weights(run.checkpoints / names[0]) for run in (one, two))
    assert (first.n_epochs, first.epoch, first.best) == (
        second.n_epochs,
        second.epoch,
        second.best,
    )
    assert first.state_dict.keys() == second.state_dict.keys()
    assert all(
        torch.equal(first.state_dict[key], second.state_dict[key]) for key in first.state_dict
    )


def point_epoch(run):
    return torch.load(run.checkpoints / "last.ckpt", weights_only=True)["epoch"]


@pytest.mark.parametrize(
    "words",
    [PLAIN, NESTED, (*NESTED, "data.residency=stream"), (*NESTED, *EMA)],
    ids=["fixed", "nested", "stream", "ema"],
)
def test_interrupted_twice_it_ends_equal(pair, plan, words):
    undisturbed, run, again = pair(*words, *EFFECTS)
    for step in (10, 16):
        plan(step, "error")
        with pytest.raises(RuntimeError, match="planted"):
            again()
        assert read_status(run.status).state == "failed"
    # Both attempts got somewhere: the point lies behind the first one's reach.
    assert point_epoch(run) > 2
    plan(0, "")
    again()
    assert_equal(undisturbed, run)


def test_the_nested_runs_of_these_tests_use_all_that_must_be_restored(store, tmp_path, monkeypatch):
    train_here(share(store, tmp_path / "root"), monkeypatch, *NESTED, *EFFECTS)
    metrics = pd.read_csv(place(tmp_path / "root", fold=1).metrics)
    assert 8 < len(metrics) < 40
    # The rate fell before the last restart point and after it.
    assert metrics["learning_rate"].nunique() > 2


def test_before_the_first_point_it_begins_anew(pair, plan):
    undisturbed, run, again = pair(*PLAIN)
    plan(5, "error")
    with pytest.raises(RuntimeError, match="planted"):
        again()
    run.metrics.write_text("epoch,train/loss\n0,99\n1,99\n")
    assert not list(run.checkpoints.iterdir())
    plan(0, "")
    again()
    assert_equal(undisturbed, run)


@pytest.mark.parametrize(("deed", "name"), [("TERM", "SIGTERM"), ("ctrl-c", "SIGINT")])
def test_a_signal_ends_the_run_with_its_reason(pair, plan, deed, name):
    undisturbed, run, again = pair(*PLAIN)
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    plan(13, deed)
    with pytest.raises(RunInterrupted) as caught:
        again()
    assert caught.value.code == 128 + signal.Signals[name]
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before
    status = read_status(run.status)
    assert (status.state, status.reason) == ("failed", f"interrupted by {name}")
    assert not run.lock.exists()
    assert len(pd.read_csv(run.metrics)) == 3
    plan(0, "")
    again()
    assert_equal(undisturbed, run)


def start(root, plan):
    environment = {"CIRRHOSIS_ROOT": str(root), "STOPPING_NETWORK": plan}
    return CommandProcess(["train", *SETTINGS, *NESTED], environment)


def test_a_killed_command_goes_on_and_ends_equal(pair, tmp_path):
    undisturbed, run, _ = pair(*NESTED)
    code, _ = start(tmp_path / "disturbed", "8:KILL").wait()
    assert code == -signal.SIGKILL
    assert read_status(run.status).state == "running"
    # Killed by the system in the middle of the second point: the first one is whole.
    code, _ = start(tmp_path / "disturbed", "4:die-writing").wait()
    assert code == -signal.SIGXFSZ
    assert list(run.checkpoints.glob(".partial-*-last.ckpt"))
    assert point_epoch(run) == 2
    code, output = start(tmp_path / "disturbed", "").wait()
    assert code == 0, output
    assert "2 of them before an interruption" in output
    assert_equal(undisturbed, run)


def test_trained_but_not_predicted_it_only_predicts(pair, plan):
    undisturbed, run, again = pair(*NESTED)
    again()
    run.predictions.unlink()
    before = run.metrics.stat().st_mtime_ns
    # Another step of training would fail.
    plan(1, "error")
    again()
    assert run.metrics.stat().st_mtime_ns == before
    assert_equal(undisturbed, run)


def test_a_full_disk_is_named_and_the_point_stays(pair, plan):
    undisturbed, run, again = pair(*PLAIN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    plan(13, "full")
    try:
        with pytest.raises(
            ContractError, match=r"last.ckpt, but the disk did not take it: .*File "
        ):
            again()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [path.name for path in run.checkpoints.iterdir()] == ["last.ckpt"]
    assert point_epoch(run) == 2
    plan(0, "")
    again()
    assert_equal(undisturbed, run)


def test_weights_only_are_kept_or_nothing(store, tmp_path, monkeypatch):
    root = share(store, tmp_path / "root")
    train_here(root, monkeypatch, *PLAIN)
    kept = place(root, fold=1).checkpoints
    content = torch.load(kept / "final.ckpt", weights_only=True)
    size = sum(value.nbytes for value in content["state_dict"].values())
    assert [path.name for path in kept.iterdir()] == ["final.ckpt"]
    # What surrounds a tensor in the file is a few hundred bytes.
    assert (kept / "final.ckpt").stat().st_size < size + 500 * (len(content["state_dict"]) + 4)
    # Setting it otherwise does not make another run of it.
    train_here(root, monkeypatch, *PLAIN, "callbacks.keep_weights=false", "on_existing=force")
    assert not list(kept.iterdir())
    train_here(root, monkeypatch, *PLAIN)
    assert not list(kept.iterdir())
    with pytest.raises(ContractError, match=r"keep_weights=false; train it again"):
        read_weights(kept / "final.ckpt")


def test_the_wandb_run_goes_on_under_its_name(pair, plan, tmp_path):
    *_, again = pair(*PLAIN, "logger=wandb")
    plan(19, "error")
    with pytest.raises(RuntimeError, match="planted"):
        again()
    plan(0, "")
    again()
    folder = tmp_path / "disturbed" / "tracking" / "made" / "wandb"
    first, second = map(read_records, sorted(folder.glob("offline-run-*/*.wandb")))
    for name in ("run_id", "run_group", "display_name"):
        assert getattr(first.run, name) == getattr(second.run, name)
    assert (first.exit_code, second.exit_code) == (1, 0)
    # The point lies behind epoch 4; what was logged after it comes again, with equal values.
    assert min(second.steps) <= max(first.steps) + 1
    both = first.steps.keys() & second.steps.keys()
    assert all(first.steps[step] == second.steps[step] for step in both)
    steps = first.steps | second.steps
    epochs = [values["epoch"] for values in steps.values() if "epoch" in values]
    assert sorted(set(epochs)) == list(range(7))
    assert sorted(steps) == list(range(len(epochs)))
    assert "tables/predictions" in second.summary
