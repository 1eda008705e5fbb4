"""A command and every process that comes from it, however they are killed."""

import contextlib
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import psutil


class Started(Protocol):
    """A process that was started."""

    @property
    def pid(self) -> int:
        """Its number."""

    def poll(self) -> int | None:
        """Return its exit code, negative for a signal; None while it runs."""


def start(line: list[str], log: Path, environment: Mapping[str, str]) -> Started:
    """Start a command in a session of its own; what it prints is added to `log`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as stream:
        return subprocess.Popen(
            line,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )


class Family:
    """A process and all that come from it.

    Args:
        parent: The first one.
    """

    def __init__(self, parent: Started) -> None:
        self.parent = parent
        self.known = {parent.pid: psutil.Process(parent.pid)}

    def look(self) -> None:
        """Learn of processes that were started since; an orphan's parent is lost later."""
        for process in list(self.known.values()):
            with contextlib.suppress(psutil.NoSuchProcess):
                for child in process.children(recursive=True):
                    self.known.setdefault(child.pid, child)

    @property
    def is_over(self) -> bool:
        """Whether the first process has ended."""
        return self.parent.poll() is not None

    def living(self) -> list[int]:
        """Return every process that lives."""
        self.look()
        self.parent.poll()
        return [number for number, process in self.known.items() if _lives(process)]

    def kill(self, processes: list[int]) -> None:
        """Kill some of the processes without a word, each at once."""
        for number in processes:
            # By the process and not by its number, which may be another's by now.
            with contextlib.suppress(psutil.NoSuchProcess):
                self.known[number].kill()


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
