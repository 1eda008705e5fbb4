"""The launcher `workers` and the sweeper `grid` under Hydra, with jobs that load nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cirrhosis.commands.configuration import CONF
from cirrhosis.contracts.run import RunFolder, RunStatus, read_status, write_status
from cirrhosis.runs.jobs import SweepJob, write_jobs

ROOT = Path(__file__).parents[2]
LIGHT = f"""
defaults:
  - _self_
  - deed: notes
  - override hydra/job_logging: plain
  - override hydra/launcher: workers
  - override hydra/sweeper: grid
number: 0
hydra:
  searchpath: [file://{CONF}]
  output_subdir: null
  sweep: {{dir: sweep, subdir: "${{hydra:job.num}}"}}
"""
SWEEP = ("-m", "deed=notes,absent,killed,raises", "number=0,1,2")


def sweep(folder, *words):
    (folder / "conf/deed").mkdir(parents=True)
    (folder / "conf/light.yaml").write_text(LIGHT)
    for deed in ("notes", "killed", "raises"):
        (folder / f"conf/deed/{deed}.yaml").write_text(f"# @package _global_\ndeed: {deed}\n")
    return subprocess.run(
        [sys.executable, "-m", "tests.commands.light_sweep", str(folder / "conf"), *words],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def notes(folder):
    return [path.read_text().split() for path in sorted(folder.glob("sweep/*/note.txt"))]


def failures(folder):
    read = [json.loads(path.read_text()) for path in sorted(folder.glob("sweep/*/failed.json"))]
    return {" ".join(record["overrides"]): record["reason"] for record in read}


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A sweep of twelve jobs in two workers; the run of its eighth was begun long ago."""
    folder = tmp_path_factory.mktemp("light")
    run = RunFolder(folder / "run")
    run.folder.mkdir()
    write_status(RunStatus("running", "", {}), run.status)
    (folder / "sweep").mkdir()
    write_jobs([SweepJob(7, ("deed=killed", "number=1"), run.folder)], folder / "sweep")
    settings = ("hydra.launcher.n_workers=2", "hydra.launcher.devices=[5,6]")
    return folder, sweep(folder, *SWEEP, *settings, "hydra.launcher.threads=3")


def test_jobs_that_fail_leave_the_others_alone(done):
    folder, process = done
    assert process.returncode == 0, process.stderr
    assert [note[1:3] for note in notes(folder)] == [["0", "0"], ["1", "1"], ["2", "2"]]
    assert len(failures(folder)) == 9


def test_each_failure_is_recorded_with_its_reason(done):
    folder, _ = done
    found = failures(folder)
    for number in range(3):
        assert "Could not find 'deed/absent'" in found[f"deed=absent number={number}"]
        assert "killed by SIGKILL (9)" in found[f"deed=killed number={number}"]
        assert found[f"deed=raises number={number}"] == "ValueError: planted"
    assert "in do" in (folder / "sweep/9/traceback.txt").read_text()


def test_every_job_has_ended(done):
    folder, _ = done
    ended = {path.parent.name for path in folder.glob("sweep/*/ended")}
    assert ended >= {str(number) for number in range(3, 12)}


def test_the_run_of_a_worker_that_died_is_marked(done):
    folder, _ = done
    status = read_status(RunFolder(folder / "run").status)
    assert (status.state, status.reason[:20]) == ("failed", "killed by SIGKILL (9")


def test_workers_live_across_jobs_with_threads_and_a_device(done):
    folder, _ = done
    places = [tuple(note[3:]) for note in notes(folder)]
    assert set(places) <= {("3", "5"), ("3", "6")}
    # Three jobs, two workers: one did several.
    assert len({note[0] for note in notes(folder)}) <= 2


def test_lines_come_whole(done):
    _, process = done
    assert process.stdout.count("a line of its own \n") == 3
    assert "12 jobs, 2 at a time, 3 threads each, GPU 5, 6" in process.stdout


def test_another_launcher_runs_what_composes(tmp_path):
    words = ("-m", "deed=absent,notes", "number=1,2", "hydra/launcher=basic")
    process = sweep(tmp_path, *words)
    assert process.returncode == 0, process.stderr
    assert [note[1:3] for note in notes(tmp_path)] == [["2", "1"], ["3", "2"]]
    assert list(failures(tmp_path)) == ["deed=absent number=1", "deed=absent number=2"]
