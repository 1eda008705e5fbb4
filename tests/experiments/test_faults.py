"""The experiment that kills sweeps: what it must see it sees, and a small sweep goes through."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cirrhosis.contracts.files import write_json
from tests.command_process import CommandProcess
from tests.commands.in_process import SETTINGS
from tests.made_store import make_split, make_store

FOLDER = Path(__file__).parents[2] / "experiments" / "faults"
SWEEP = (
    "sequences=t1,t2",
    "fold=0,1",
    "protocol.minimum_stopping=1",
    "trainer.max_epochs=12",
    "callbacks.restart_every_n_seconds=0",
    "logger=none",
    "progress=false",
    "hydra/launcher=basic",
)


@pytest.fixture
def part(monkeypatch):
    """Return a module of the experiment by its name."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    make_store(folder / "prepared/made", make_split(folder / "splits/made.csv"))
    return folder


class Fork:
    """A sweep that is forked from a process that has imported everything."""

    def __init__(self, root, place, *words):
        line = ["train", "-m", *SETTINGS, *SWEEP, f"paths.runs={place}", *words]
        self.command = CommandProcess(line, {"CIRRHOSIS_ROOT": str(root)})
        self.pid = self.command.process.pid

    def poll(self):
        return self.command.process.exitcode


def disturb(part, start, runs, n_kills):
    kills = part("kills")
    plan = kills.plan_kills(n_kills, 4, seed=3)
    disturbance = part("disturbance").Disturbance(
        start, runs, plan, n_runs=4, tempo=kills.Tempo(first=1, pace=0.5), seed=3
    )
    try:
        disturbance.run()
        disturbance.settle()
    finally:
        disturbance.end()
    return disturbance


def test_a_killed_sweep_ends_complete_and_equal(part, store, tmp_path):
    assert Fork(store, tmp_path / "undisturbed").command.wait()[0] == 0
    disturbed = tmp_path / "disturbed"
    found = disturb(part, lambda: Fork(store, disturbed), disturbed, 2)
    assert found.record.exit_codes == [-9, -9, 0]
    assert part("equality").find_differences(tmp_path / "undisturbed", disturbed) == []
    numbers = part("sweep").describe(found.watch, found.record)
    assert (numbers["finished"], numbers["retrained_after_finish"]) == (4, 0)
    assert numbers["processes_left"] == 0
    assert part("sweep").is_sound({"runs": 4, "byte_equal": True} | numbers, 2)


@pytest.mark.slow
def test_runs_that_are_trained_again_are_counted(part, store, tmp_path):
    def start():
        return Fork(store, tmp_path, "on_existing=force", "debug=quick")

    found = disturb(part, start, tmp_path, 2)
    numbers = part("sweep").describe(found.watch, found.record)
    assert numbers["retrained_after_finish"] > 0
    assert not part("sweep").is_sound({"runs": 4, "byte_equal": True} | numbers, 2)


def make_run(folder, state="finished"):
    for name in ("metrics.csv", "predictions.csv", "checkpoints/best.ckpt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("1")
    write_json({"state": state}, folder / "status.json")


@pytest.mark.parametrize("name", ["metrics.csv", "predictions.csv", "checkpoints/best.ckpt"])
def test_a_result_that_is_written_again_with_its_old_times_is_seen(part, tmp_path, name):
    run = tmp_path / "e/classification/v/t1/seed-1/fold-0"
    make_run(run)
    watch = part("run_watch").RunWatch(tmp_path)
    watch.look()
    watch.look()
    assert not watch.touched
    before = (run / name).stat()
    (run / name).write_text("1")
    os.utime(run / name, ns=(before.st_atime_ns, before.st_mtime_ns))
    watch.look()
    assert list(watch.touched.values()) == [f"{name} written again"]


def test_a_state_that_goes_back_is_seen(part, tmp_path):
    run = tmp_path / "e/classification/v/t1/seed-1/fold-0"
    make_run(run)
    watch = part("run_watch").RunWatch(tmp_path)
    watch.look()
    write_json({"state": "running"}, run / "status.json")
    watch.look()
    assert list(watch.touched.values()) == ["state went from finished to running"]


def test_results_that_differ_or_are_missing_are_named(part, tmp_path):
    for side in ("one", "two"):
        for fold in (0, 1):
            make_run(tmp_path / side / f"e/classification/v/t1/seed-1/fold-{fold}")
    find = part("equality").find_differences
    assert find(tmp_path / "one", tmp_path / "two") == []
    place = tmp_path / "two/e/classification/v/t1/seed-1"
    (place / "fold-0/predictions.csv").write_text("2")
    (place / "fold-1/checkpoints/best.ckpt").unlink()
    assert [name.split("seed-1/")[1] for name in find(tmp_path / "one", tmp_path / "two")] == [
        "fold-0/predictions.csv",
        "fold-1/checkpoints/best.ckpt",
    ]


def test_kills_come_from_the_seed_in_turns_and_before_the_end(part):
    plan = part("kills").plan_kills
    kills = plan(10, 35, seed=1)
    assert kills == plan(10, 35, seed=1) != plan(10, 35, seed=2)
    shares = [kill.share for kill in kills]
    assert shares == sorted(shares)
    assert max(shares) < 33 / 35
    assert {kill.target for kill in kills[:3]} == {"group", "worker", "parent"}


@pytest.mark.slow
def test_the_command_kills_a_sweep_of_the_default_launcher(tmp_path):
    out = tmp_path / "Läufe von Jürgen, neu = alt"
    make_store(out / "prepared/faults", make_split(out / "splits/faults.csv"))
    numbers = tmp_path / "numbers.json"
    words = ["--kills", "3", "--sequences", "t1,t2", "--folds", "0,1,2"]
    places = ["--out", str(out), "--json", str(numbers)]
    done = subprocess.run(
        [
            sys.executable,
            FOLDER / "sweep.py",
            *words,
            *places,
            "preparation.intensities.image_size=16",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(numbers.read_text())
    assert found["runs"] == found["finished"] == 6
    assert found["retrained_after_finish"] == found["processes_left"] == 0
    assert found["byte_equal"] is True
    assert set(found["kills_of"]) == {"group", "worker", "parent"}
