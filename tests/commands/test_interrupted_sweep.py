"""A sweep in workers that is told to stop: runs end as interrupted and go on later."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from cirrhosis.contracts.run import read_status
from tests.commands.in_process import SETTINGS, make_root, place

WORDS = (
    *SETTINGS,
    "sequences=t1",
    "fold=0,1,2",
    "protocol.fixed_epochs=30",
    "callbacks.restart_every_n_epochs=1",
    "callbacks.restart_every_n_seconds=0",
    "logger.mode=offline",
    "progress=false",
    # Loaders of their own, which must end as well.
    "data.residency=stream",
    "data.stream.workers=1",
    "hydra.launcher.n_workers=2",
)


def start(root):
    return subprocess.Popen(
        [sys.executable, "-m", "cirrhosis.commands", "train", "-m", *WORDS],
        env=os.environ | {"CIRRHOSIS_ROOT": str(root)},
        stdout=subprocess.PIPE,
        text=True,
    )


def states(root):
    found = [read_status(place(root, fold=fold).status) for fold in range(3)]
    return [status and (status.state, status.reason) for status in found]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_runs_of_a_stopped_sweep_go_on_and_no_process_is_left(tmp_path, number):
    root = make_root(tmp_path)
    process = start(root)
    points = [place(root, fold=fold).checkpoints / "last.ckpt" for fold in (0, 1)]
    while not all(point.exists() for point in points):
        assert process.poll() is None
        time.sleep(0.05)
    others = psutil.Process(process.pid).children(recursive=True)
    # Two workers, with a loader each at least.
    assert len(others) >= 4
    process.send_signal(number)
    output, _ = process.communicate(timeout=60)
    _, left = psutil.wait_procs(others, timeout=30)
    assert not left
    interrupted = number == signal.SIGTERM
    assert process.returncode == (143 if interrupted else -9), output
    state = ("failed", "interrupted by SIGTERM") if interrupted else ("running", "")
    assert states(root)[:2] == [state] * 2

    process = start(root)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0, output
    assert states(root) == [("finished", "")] * 3
    # They went on from where they were.
    assert output.count("of them before an interruption") == 2
