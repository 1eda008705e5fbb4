"""Preparation in the queue of a real Slurm of two nodes: jobs are killed and cancelled."""

import subprocess

import pytest

from cirrhosis.commands.prepare_slurm import FOLDER, NAME, SlurmSettings, SlurmSpread
from tests.clusters.slurm_cluster import query
from tests.clusters.small_sweep import wait_until
from tests.clusters.spread_tasks import die_on_three, starts, wait_first_time
from tests.imaging.made_cohort import contents, make_cohort, make_splits, prepare, times

pytestmark = pytest.mark.slow


def spread_in(folder, **given):
    return SlurmSpread(SlurmSettings(timeout_min=30, **given), folder)


def queued() -> str:
    return query("squeue", "-h", "-r", "-n", NAME, "-o", "%i")


def test_it_gives_the_bytes_of_one_process_and_makes_nothing_twice(slurm, tmp_path):
    make_cohort(tmp_path)
    make_splits(tmp_path / "splits.csv")
    here = prepare(tmp_path, "here")
    spread = spread_in(tmp_path / "queue", patients_per_job=1)
    there = prepare(tmp_path, "queue", spread=spread)
    assert there.computed == here.computed
    made = contents(tmp_path / "queue")
    assert {name: made[name] for name in made if "manifest" not in name} == {
        name: content
        for name, content in contents(tmp_path / "here").items()
        if "manifest" not in name
    }
    assert there.manifest.patients == here.manifest.patients
    before = times(tmp_path / "queue")
    again = prepare(tmp_path, "queue", spread=spread)
    assert not again.computed
    assert times(tmp_path / "queue") == before
    assert not (tmp_path / "queue" / FOLDER).exists()


def test_what_kills_its_job_twice_is_lost_and_the_others_are_done_once(slurm, tmp_path):
    tasks = [(str(tmp_path), number) for number in range(6)]
    spread = spread_in(tmp_path / "store", patients_per_job=3)
    results = dict(spread(die_on_three, tasks, n_workers=1))
    assert results == {task: None if task[1] == 3 else 2 * task[1] for task in tasks}
    # Three was the first of its job: what stood behind it came with the second round.
    assert [starts(task) for task in tasks] == [1, 1, 1, 2, 1, 1]


def test_cancelled_jobs_are_tried_again_and_an_abandoned_command_leaves_none(slurm, tmp_path):
    tasks = [(str(tmp_path), number) for number in range(3)]
    stream = spread_in(tmp_path / "store", patients_per_job=2)(wait_first_time, tasks, n_workers=1)
    results = dict([next(stream)])
    wait_until(lambda: starts(tasks[1]) and starts(tasks[2]))
    query("scancel", f"--name={NAME}")
    results |= dict(stream)
    assert results == {task: 2 * task[1] for task in tasks}
    assert [starts(task) for task in tasks] == [1, 2, 2]

    others = [(str(tmp_path), number) for number in (0, 8)]
    left = spread_in(tmp_path / "store", patients_per_job=1)(wait_first_time, others, n_workers=1)
    next(left)
    left.close()
    wait_until(lambda: not queued(), seconds=90)
    assert subprocess.run(["squeue", "-h"], capture_output=True).returncode == 0
