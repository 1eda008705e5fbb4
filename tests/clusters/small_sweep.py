"""A sweep of three short runs, started as users start it and looked at from outside."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from cirrhosis.contracts.run import RunFolder, read_status
from tests.commands.in_process import SETTINGS, place

N_EPOCHS = 40
SEQUENCES = ("t1", "t2", "t1+t2")
WORDS = (
    *SETTINGS,
    f"protocol.fixed_epochs={N_EPOCHS}",
    f"trainer.max_epochs={N_EPOCHS}",
    f"sequences={','.join(SEQUENCES)}",
    "fold=0",
    "logger=none",
    "progress=false",
    "callbacks.restart_every_n_epochs=1",
    "callbacks.restart_every_n_seconds=0",
    "takeover_seconds=30",
)


class SmallSweep:
    """The command and what it leaves.

    Args:
        root: Folder of the outputs, with the made store.
        words: What the command says beside `WORDS`.
        environment: Variables beside those of this process.
    """

    def __init__(self, root: Path, *words: str, environment: dict[str, str] | None = None) -> None:
        self.root = root
        self.words = words
        self.environment = os.environ | {"CIRRHOSIS_ROOT": str(root)} | (environment or {})
        self.output = root / "output.txt"
        self.started: list[subprocess.Popen] = []

    def start(self) -> subprocess.Popen:
        """Start the command; what it prints goes to `output`."""
        with self.output.open("w") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", "cirrhosis.commands", "train", "-m", *WORDS, *self.words],
                env=self.environment,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
        self.started.append(process)
        return process

    def stop(self) -> None:
        """End what a failed test has left."""
        for process in self.started:
            process.kill()
            process.wait()

    def run(self) -> int:
        """Run the command to its end and return its exit code."""
        return self.start().wait(400)

    @property
    def folders(self) -> dict[str, RunFolder]:
        return {name: place(self.root, sequences=name) for name in SEQUENCES}

    def state(self, sequences: str) -> str:
        status = read_status(self.folders[sequences].status)
        return status.state if status else "pending"

    def owner(self, sequences: str) -> tuple[str, int]:
        """Return host and process of a run."""
        host, process = read_status(self.folders[sequences].status).owner.split(":")
        return host, int(process)

    def await_two(self) -> list[str]:
        """Wait until two runs train and have restart points; return their names."""
        wait_until(lambda: len(self._interruptible()) == 2 or self.started[-1].poll() is not None)
        assert self.started[-1].poll() is None, self.output.read_text()
        return self._interruptible()

    def _interruptible(self) -> list[str]:
        return [
            name
            for name, folder in self.folders.items()
            if self.state(name) == "running" and any(folder.checkpoints.glob("*.ckpt"))
        ]

    @property
    def finished(self) -> dict[str, tuple[str, int]]:
        """When each finished run began and when its predictions were written."""
        return {
            name: (read_status(folder.status).started, folder.predictions.stat().st_mtime_ns)
            for name, folder in self.folders.items()
            if self.state(name) == "finished"
        }

    def went_on(self, sequences: str) -> bool:
        """Whether the run was interrupted and continued."""
        return "before an interruption" in self.folders[sequences].log.read_text()

    def assert_complete(self) -> None:
        """Every run is finished, and each of its epochs was written once."""
        assert set(self.finished) == set(SEQUENCES), self.output.read_text()
        for folder in self.folders.values():
            assert list(pd.read_csv(folder.metrics)["epoch"]) == list(range(N_EPOCHS))
            assert not folder.lock.exists()


def wait_until(condition: Callable[[], Any], *, seconds: float = 300) -> None:
    """Wait until `condition` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.2)


def kill(processes: list[psutil.Process]) -> None:
    """End processes as the death of their host would."""
    for process in processes:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue


def read_variable(process: psutil.Process, name: str) -> str | None:
    """Return a variable that a process was started with."""
    try:
        return process.environ().get(name)
    except psutil.Error:
        return None
