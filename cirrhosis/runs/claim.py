"""A run is worked on by one process: an atomic lock with an owner and a heartbeat."""

import contextlib
import json
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from cirrhosis.contracts.errors import ContractError

HEARTBEAT_SECONDS = 10.0


@dataclass(frozen=True)
class Owner:
    """A process of a host; its start tells it from a later one with the same number."""

    host: str
    process: int
    started: float

    @classmethod
    def this_process(cls) -> "Owner":
        """Return the owner that this process is."""
        process = psutil.Process()
        return cls(socket.gethostname(), process.pid, process.create_time())

    @property
    def is_dead(self) -> bool:
        """Whether the process ended for sure; unknown for another host."""
        if self.host != socket.gethostname():
            return False
        try:
            return abs(psutil.Process(self.process).create_time() - self.started) > 1
        except psutil.NoSuchProcess:
            return True


class RunClaimedError(ContractError):
    """Another living process works on the run."""


@contextlib.contextmanager
def claim(lock: Path, *, takeover_seconds: float) -> Iterator[None]:
    """Hold the claim on a run while the block works on it.

    The claim is a file that is created exclusively; its modification time is the
    heartbeat. It is taken over if its owner is dead, or, on another host, silent for
    `takeover_seconds`.

    Args:
        lock: The claim's file inside the run folder.
        takeover_seconds: Age of the last heartbeat from which a claim counts as abandoned.

    Raises:
        RunClaimedError: If a living owner holds it.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    take(lock, takeover_seconds)
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(lock, stop), daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()
        lock.unlink(missing_ok=True)


def take(lock: Path, takeover_seconds: float) -> None:
    """Make this process the owner of `lock`, without a heartbeat.

    Raises:
        RunClaimedError: If a living owner holds it.
    """
    # Written beside and linked: a link is atomic and fails if the claim exists, so that
    # nobody ever reads a claim without its owner.
    mine = lock.with_name(f".{lock.name}.{os.getpid()}.{threading.get_ident()}")
    mine.write_text(json.dumps(Owner.this_process().__dict__))
    try:
        for _ in range(3):
            try:
                os.link(mine, lock)
            except FileExistsError:
                _remove_abandoned(lock, takeover_seconds)
            else:
                os.utime(lock)
                return
    finally:
        mine.unlink()
    raise RunClaimedError(f"{lock.parent}: other processes claim the run again and again")


def _remove_abandoned(lock: Path, takeover_seconds: float) -> None:
    try:
        owner = Owner(**json.loads(lock.read_text()))
        silent = datetime.now(UTC).timestamp() - lock.stat().st_mtime
    except FileNotFoundError:
        return
    if not owner.is_dead and silent < takeover_seconds:
        raise RunClaimedError(
            f"expected nobody to work on {lock.parent}, but process {owner.process} on"
            f" {owner.host} does (last sign of life {silent:.0f} s ago). Wait for it, or stop it;"
            f" a claim is taken over after {takeover_seconds:.0f} s of silence."
        )
    # Renamed before it is removed: of two who find it abandoned only one succeeds. If the
    # renamed claim is a new one that was taken in between, it is put back.
    grave = lock.with_name(f".{lock.name}.abandoned.{os.getpid()}.{threading.get_ident()}")
    with contextlib.suppress(FileNotFoundError):
        lock.rename(grave)
        if Owner(**json.loads(grave.read_text())) != owner:
            with contextlib.suppress(FileExistsError):
                os.link(grave, lock)
        grave.unlink()


def _beat(lock: Path, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT_SECONDS):
        with contextlib.suppress(FileNotFoundError):
            os.utime(lock)
