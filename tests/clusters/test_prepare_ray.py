"""Preparation as tasks of a Ray cluster on this machine, one of whose workers dies."""

import os

import pytest

pytest.importorskip("ray", reason="needs ray: pip install 'cirrhosis[ray]'")

import ray

from cirrhosis.commands.prepare_ray import RaySettings, RaySpread
from cirrhosis.contracts.errors import ContractError
from tests.clusters.spread_tasks import die_on_three, starts
from tests.imaging.made_cohort import contents, make_cohort, make_splits, prepare

pytestmark = pytest.mark.slow
PARALLEL = 2


@pytest.fixture(scope="module", autouse=True)
def cluster(tmp_path_factory):
    """A cluster that this process starts and joins, as the command does without an address."""
    before = dict(os.environ)
    # A busy machine starts it slowly; a test machine may be short of memory.
    os.environ |= {"RAY_raylet_start_wait_time_s": "180", "RAY_memory_monitor_refresh_ms": "0"}
    yield
    ray.shutdown()
    os.environ.clear()
    os.environ.update(before)


def spread() -> RaySpread:
    return RaySpread(RaySettings(init={"num_cpus": PARALLEL}))


def test_it_gives_the_bytes_of_one_process_and_makes_nothing_twice(tmp_path):
    make_cohort(tmp_path)
    make_splits(tmp_path / "splits.csv")
    here = prepare(tmp_path, "store")
    made = contents(tmp_path / "store")
    for path in (tmp_path / "store").rglob("*"):
        if path.is_file():
            path.unlink()
    there = prepare(tmp_path, "store", spread=spread())
    assert there.computed == here.computed
    assert contents(tmp_path / "store") == made
    assert not prepare(tmp_path, "store", spread=spread()).computed


def test_a_worker_that_dies_costs_its_own_task_after_one_retry(tmp_path):
    tasks = [(str(tmp_path), number) for number in range(7)]
    results = dict(spread()(die_on_three, tasks, n_workers=1))
    assert results == {task: None if task[1] == 3 else 2 * task[1] for task in tasks}
    assert starts(tasks[3]) == 2


def test_few_tasks_are_in_flight(tmp_path):
    taken = []

    def watched():
        for number in range(40):
            taken.append(number)
            yield (str(tmp_path), 10 + number)

    next(iter(stream := spread()(die_on_three, watched(), n_workers=1)))
    assert len(taken) <= 2 * PARALLEL + 1
    stream.close()


def test_a_machine_that_cannot_begin_is_told_and_not_taken_for_a_patient(tmp_path, monkeypatch):
    monkeypatch.setattr("cirrhosis.commands.prepare_ray.Path.cwd", lambda: tmp_path / "absent")
    with pytest.raises(ContractError, match="to have this folder and release"):
        list(spread()(die_on_three, [(str(tmp_path), 1)], n_workers=1))
