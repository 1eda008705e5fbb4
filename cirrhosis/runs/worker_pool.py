"""Processes that do one job after the other; one that dies is replaced.

What a job is and how it is done the workers know: here it is sent, and its result comes back.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections import deque
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from cirrhosis.runs.worker_slots import Slot

POLL_SECONDS = 0.1
# What a worker gets to end a run as interrupted and close its logger.
GRACE_SECONDS = 20.0


@dataclass(frozen=True)
class Answer:
    """What became of a job.

    Attributes:
        number: Of the job.
        process: That worked on it.
        result: What the worker sent; None if it died.
        death: How it died; empty if it answered.
    """

    number: int
    process: int
    result: Any
    death: str


@dataclass
class Worker:
    """A living process and the job it has.

    Attributes:
        slot: Where it stands.
        process: Leader of a session of its own, so that Ctrl-C reaches the parent alone.
        connection: Jobs go out, answers come in.
        job: Its number; None while it waits for one.
        stays: Whether it can do another one.
    """

    slot: Slot
    process: subprocess.Popen[bytes]
    connection: Connection
    job: int | None = None
    stays: bool = True

    def give(self, number: int, job: Any) -> None:
        """Send it a job."""
        self.job = number
        # One that is dead already is found by its exit.
        with contextlib.suppress(OSError):
            self.connection.send((number, job))

    def answer(self) -> Answer | None:
        """Return what became of its job, or None if it still works."""
        # Asked in this order: what it sent before it died counts.
        is_dead = self.process.poll() is not None
        try:
            if self.connection.poll():
                result, self.stays = self.connection.recv()
                return self._take(result=result)
        except (EOFError, OSError):
            is_dead = True
        if not is_dead:
            return None
        self.stays = False
        return self._take(death=describe_death(self.process.wait()))

    def _take(self, *, result: Any = None, death: str = "") -> Answer | None:
        number, self.job = self.job, None
        return None if number is None else Answer(number, self.process.pid, result, death)


def run_in_workers(
    jobs: Mapping[int, Any], slots: Sequence[Slot], *, command: Sequence[str], opening: bytes
) -> Generator[Answer, None, None]:
    """Do the jobs and yield what became of each, as they end.

    Args:
        jobs: By number; each is pickled. They are handed out in this order to whoever is free.
        slots: At most one worker each.
        command: Of a worker; it is given the number of its end of the connection. Its standard
            input ends when this process does, however it ends.
        opening: Sent to each worker before its first job.
    """
    waiting = deque(jobs.items())
    workers: dict[Slot, Worker] = {}
    try:
        while waiting or any(worker.job is not None for worker in workers.values()):
            for slot in slots:
                if waiting and (slot not in workers or workers[slot].job is None):
                    if slot not in workers:
                        workers[slot] = _start(slot, command, opening)
                    workers[slot].give(*waiting.popleft())
            yield from _collect(workers)
    except BaseException as error:
        _tell_to_stop(workers.values(), error)
        raise
    finally:
        _end(workers.values())


def describe_death(code: int) -> str:
    """Return what a process's exit code says, negative for a signal."""
    if code >= 0:
        return f"its process ended with exit code {code}"
    name = signal.Signals(-code).name
    cause = ", perhaps by the system for lack of memory" if -code == signal.SIGKILL else ""
    return f"killed by {name} ({-code}){cause}"


def _start(slot: Slot, command: Sequence[str], opening: bytes) -> Worker:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [*command, str(theirs.fileno())],
            env=os.environ | slot.environment,
            stdin=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
    worker = Worker(slot, process, Connection(ours.detach()))
    with contextlib.suppress(OSError):
        worker.connection.send_bytes(opening)
    return worker


def _collect(workers: dict[Slot, Worker]) -> Iterator[Answer]:
    busy = [worker for worker in workers.values() if worker.job is not None]
    wait([worker.connection for worker in busy], timeout=POLL_SECONDS)
    for worker in busy:
        answer = worker.answer()
        if not worker.stays:
            _end([workers.pop(worker.slot)])
        if answer is not None:
            yield answer


def _tell_to_stop(workers: Iterable[Worker], error: BaseException) -> None:
    number = getattr(error, "number", signal.SIGINT)
    for worker in workers:
        with contextlib.suppress(ProcessLookupError):
            worker.process.send_signal(number)


def _end(workers: Collection[Worker]) -> None:
    for worker in workers:
        # The end of the connection is the end of the work.
        worker.connection.close()
    deadline = time.monotonic() + GRACE_SECONDS
    for worker in workers:
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.process.wait(timeout=max(0.0, deadline - time.monotonic()))
    for worker in workers:
        _bury(worker)


def _bury(worker: Worker) -> None:
    # The whole group: its loaders too, which may outlive it.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(worker.process.pid, signal.SIGKILL)
    worker.process.wait()
    worker.connection.close()
    if worker.process.stdin:
        worker.process.stdin.close()
