"""Workers of a pool: real processes, without Hydra and torch. One that dies costs one job."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from cirrhosis.runs import worker_pool
from cirrhosis.runs.worker_pool import describe_death, run_in_workers
from cirrhosis.runs.worker_slots import divide_machine

COMMAND = (sys.executable, str(Path(__file__).with_name("pretended_worker.py")))
ROOT = str(Path(__file__).parents[2])


@pytest.fixture(autouse=True)
def path(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", ROOT)
    monkeypatch.setattr(worker_pool, "GRACE_SECONDS", 1.0)


def run(deeds, *, n_workers=2, devices=()):
    slots = divide_machine(n_workers, 3, devices=devices, n_cores=8)
    jobs = dict(enumerate(deeds))
    answers = list(run_in_workers(jobs, slots, command=COMMAND, opening=b"hello"))
    # Each job is answered once.
    assert sorted(answer.number for answer in answers) == list(jobs)
    return sorted(answers, key=lambda answer: answer.number)


def test_living_workers_share_the_jobs():
    # One has the long job; the other does all that remains.
    answers = run(["1.5", "0", "0", "0", "0"])
    assert [answer.death for answer in answers] == [""] * 5
    shares = Counter(answer.process for answer in answers)
    assert shares == {answers[0].process: 1, answers[1].process: 4}
    assert [answer.result[:2] for answer in answers] == [(n, "hello") for n in range(5)]


def test_each_has_its_threads_and_one_device():
    answers = run(["0.5"] * 3, n_workers=3, devices=["4", "GPU-abc"])
    places = {answer.result[2:] for answer in answers}
    assert places == {("3", "4"), ("3", "GPU-abc")}


def test_one_that_dies_is_replaced_and_costs_its_job_alone():
    answers = run(["SIGKILL", "0", "fails", "0", "SIGSEGV", "0"], n_workers=1)
    assert [answer.death for answer in answers if answer.death] == [
        "killed by SIGKILL (9), perhaps by the system for lack of memory",
        "its process ended with exit code 3",
        "killed by SIGSEGV (11)",
    ]
    assert [answer.number for answer in answers if not answer.death] == [1, 3, 5]
    # Who died at the first, third and fifth job did not do the next one.
    assert len({answer.process for answer in answers}) == 4


def test_one_that_says_it_cannot_go_on_is_replaced_without_loss():
    answers = run(["0.1", "0", "0"], n_workers=1)
    assert not any(answer.death for answer in answers)
    assert answers[0].process != answers[1].process == answers[2].process


def start(folder, *, n_workers=2):
    """A process with a pool whose workers and their children are deaf; and those."""
    code = (
        "import sys; from cirrhosis.runs import worker_pool as pool;"
        "from cirrhosis.runs.worker_slots import divide_machine; pool.GRACE_SECONDS = 0.5;"
        "from cirrhosis.commands.interruption import interruptible;"
        f"slots = divide_machine({n_workers}, 1, devices=(), n_cores=2);"
        f"jobs = dict.fromkeys(range({n_workers + 1}), sys.argv[1]);"
        "\nwith interruptible():"
        " list(pool.run_in_workers(jobs, slots, command=sys.argv[2:], opening=b'x'))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(folder), *COMMAND])
    deadline = time.monotonic() + 30
    while len(notes := list(folder.iterdir())) < n_workers:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return process, [int(word) for note in notes for word in note.name.split("-")]


def wait_for_end(pids):
    left = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            left.append(psutil.Process(pid))
    _, alive = psutil.wait_procs(left, timeout=10)
    return alive


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_none_is_left_when_the_parent_ends(tmp_path, number):
    process, pids = start(tmp_path)
    process.send_signal(number)
    code = process.wait(timeout=20)
    assert code == (-9 if number == signal.SIGKILL else 128 + number)
    assert not wait_for_end(pids)


def test_children_of_a_worker_that_dies_end_with_it(tmp_path):
    process, (worker, child) = start(tmp_path, n_workers=1)
    os.kill(worker, signal.SIGKILL)
    assert not wait_for_end([worker, child])
    process.terminate()
    process.wait(timeout=20)


def test_a_death_is_told_in_words():
    assert describe_death(-6) == "killed by SIGABRT (6)"
    assert describe_death(0) == "its process ended with exit code 0"
