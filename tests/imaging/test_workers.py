import os
import signal
from pathlib import Path

import pytest

from cirrhosis.imaging.workers import spread


def double(number: int) -> int:
    return 2 * number


def die_on_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return 2 * number


def die_once(marker: str) -> str:
    path = Path(marker)
    if path.name == "dies" and not path.exists():
        path.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return path.name


@pytest.mark.parametrize("n_workers", [1, 2])
def test_every_task_has_its_result(n_workers):
    assert dict(spread(double, range(7), n_workers=n_workers)) == {n: 2 * n for n in range(7)}


def test_a_killed_process_costs_only_its_own_task():
    results = dict(spread(die_on_three, range(7), n_workers=2))
    assert results == {n: (None if n == 3 else 2 * n) for n in range(7)}


def test_one_death_is_forgiven(tmp_path):
    tasks = [str(tmp_path / name) for name in ("a", "dies", "b")]
    results = dict(spread(die_once, tasks, n_workers=2))
    assert [results[task] for task in tasks] == ["a", "dies", "b"]


def test_few_tasks_are_in_flight(monkeypatch):
    taken = []

    def watched():
        for number in range(40):
            taken.append(number)
            yield number

    stream = spread(double, watched(), n_workers=1)
    next(stream)
    assert len(taken) == 1
