"""A search that is killed and started again, beside one that nobody disturbed."""

import signal
import time

import pandas as pd
import pytest

from tests.command_process import CommandProcess
from tests.commands.in_process import make_root
from tests.made_store import SIZE

SEARCH = (
    "train",
    "-m",
    "search=learning",
    "hydra.sweeper.n_trials=3",
    "hydra.sweeper.sampler.n_startup_trials=1",
    "name=made",
    "model=small",
    f"preparation.intensities.image_size={SIZE}",
    "protocol.minimum_stopping=5",
    "trainer.max_epochs=2",
    "threads=1",
    "logger=none",
    "sequences=t1",
    "fold=all",
)


@pytest.mark.slow
def test_a_killed_search_goes_on_to_the_same_trials_and_trains_nothing_twice(tmp_path):
    undisturbed, killed = make_root(tmp_path / "a"), make_root(tmp_path / "b")
    code, output = search(undisturbed, "hydra/launcher=workers").wait(600)
    assert code == 0, output
    assert "best: trial" in output

    process = search(killed, "hydra/launcher=basic")
    wait_for(killed, "logs/train-sweeps/*/0/trial.json")
    wait_for(killed, "runs/made/classification/*/t1/seed-1/fold-0/status.json", count=2)
    process.send(signal.SIGKILL)
    process.wait()
    before = finished(killed)
    assert len(before) >= 5
    code, output = search(killed, "hydra/launcher=basic").wait(600)
    assert code == 0, output
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(finished(killed)) == 15

    pd.testing.assert_frame_equal(table(killed), table(undisturbed))
    assert list(table(killed)["state"]) == ["finished"] * 3
    assert table(killed)["optimizer.lr"].nunique() == 3


def search(root, launcher):
    return CommandProcess([*SEARCH, launcher], {"CIRRHOSIS_ROOT": str(root)})


def wait_for(root, pattern, count=1):
    end = time.monotonic() + 240
    while len(list(root.glob(pattern))) < count:
        assert time.monotonic() < end, f"no {pattern}"
        time.sleep(0.05)


def finished(root):
    paths = root.glob("runs/made/classification/*/t1/seed-1/fold-*/predictions.csv")
    return {path: path.stat().st_mtime_ns for path in paths}


def table(root):
    """Return the newest table without what differs between any two searches."""
    path = sorted(root.glob("logs/train-sweeps/*/search.csv"))[-1]
    return pd.read_csv(path).drop(columns=["minutes", "folder"])
