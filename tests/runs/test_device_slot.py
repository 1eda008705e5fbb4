"""Slots of a sweep's processes, with real processes and a pretended number of devices."""

import os
import signal
import subprocess
import sys
import time

import pytest
from joblib import Parallel, delayed

from cirrhosis.contracts.errors import ContractError
from cirrhosis.runs.device_slot import take_slot


def work(folder, n_slots):
    slot = take_slot(folder, n_slots)
    # Long enough that no worker can do all jobs.
    time.sleep(0.3)
    return os.getpid(), slot


@pytest.fixture
def holder(tmp_path):
    """A process that holds the first slot until it is killed."""
    code = (
        "import sys; from pathlib import Path; from cirrhosis.runs.device_slot import take_slot;"
        "print(take_slot(Path(sys.argv[1]), 2), flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"0\n"
    yield process
    process.kill()
    process.communicate()


def test_workers_of_a_launcher_keep_a_slot_each(tmp_path):
    done = Parallel(n_jobs=2, batch_size=1)(delayed(work)(tmp_path, 2) for _ in range(6))
    assert len({process for process, _ in done}) == 2
    # One slot per process over all its jobs, and none shared.
    assert sorted({slot for _, slot in done}) == [0, 1]
    assert len(set(done)) == 2


def test_a_process_keeps_its_slot(tmp_path):
    assert [take_slot(tmp_path, 3) for _ in range(3)] == [0, 0, 0]


def test_a_slot_of_a_living_process_is_left_alone(tmp_path, holder):
    assert take_slot(tmp_path, 2) == 1


def test_the_slot_of_a_killed_process_is_taken_over(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert take_slot(tmp_path, 2) == 0


def test_more_processes_than_slots_are_refused(tmp_path, holder):
    with pytest.raises(ContractError, match="expected a free one of 1 slots"):
        take_slot(tmp_path, 1)
