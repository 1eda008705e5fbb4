"""A run is worked on by one process: an atomic lock with an owner and a heartbeat.

It relies on two things of the file system, which local disks, NFS, Lustre and GPFS have: a
hard link is made in one step and fails if its name exists, and so is a file renamed. Ages are
differences between times that the file system gave, so that the clocks of hosts may differ.
"""

import contextlib
import errno
import json
import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from cirrhosis.contracts.errors import ContractError

HEARTBEAT_SECONDS = 10.0
POLL_SECONDS = 0.5

log = logging.getLogger("cirrhosis")


@dataclass(frozen=True)
class Owner:
    """A process of a host; its start tells it from a later one with the same number.

    Attributes:
        host: Name of the host.
        process: Number of the process.
        started: When it began, in seconds.
        space: Which processes share its numbers: two containers of one name do not.
    """

    host: str
    process: int
    started: float
    space: str = ""

    @classmethod
    def this_process(cls) -> "Owner":
        """Return the owner that this process is."""
        process = psutil.Process()
        return cls(socket.gethostname(), process.pid, process.create_time(), _process_space())

    @property
    def is_visible(self) -> bool:
        """Whether it can be seen from here if the process lives."""
        return (self.host, self.space) == (socket.gethostname(), _process_space())

    @property
    def is_dead(self) -> bool:
        """Whether the process ended for sure; unknown for another host."""
        if not self.is_visible:
            return False
        try:
            process = psutil.Process(self.process)
            # One that nobody waited for still has its number.
            is_zombie = process.status() == psutil.STATUS_ZOMBIE
            return is_zombie or abs(process.create_time() - self.started) > 1
        except psutil.NoSuchProcess:
            return True


@dataclass(frozen=True)
class Claimed:
    """A claim as it is read from its file.

    Attributes:
        owner: Who holds it; None if the file does not say.
        beaten: When its owner last gave a sign of life, by the file system's clock.
    """

    owner: Owner | None
    beaten: float

    def is_abandoned(self, takeover_seconds: float, now: float) -> bool:
        """Return whether another process may take the claim over.

        Args:
            takeover_seconds: Silence after which another host's claim counts as abandoned.
            now: By the file system's clock.
        """
        is_dead = self.owner is not None and self.owner.is_dead
        return is_dead or now - self.beaten >= takeover_seconds


class RunClaimedError(ContractError):
    """Another living process works on the run."""


class Claim:
    """A claim that this process holds.

    Args:
        lock: The claim's file.
        owner: This process.
    """

    def __init__(self, lock: Path, owner: Owner) -> None:
        self.lock = lock
        self.owner = owner
        self.stop = threading.Event()

    @property
    def is_held(self) -> bool:
        """Whether the claim was not taken over, as after a long sleep of this host."""
        claimed = read_claim(self.lock)
        return claimed is not None and claimed.owner == self.owner

    def check(self) -> None:
        """Make sure that nobody else works on the run now.

        Raises:
            RunClaimedError: If the claim was taken over or removed.
        """
        if not self.is_held:
            raise RunClaimedError(
                f"expected to be the only one to work on {self.lock.parent}, but the claim was"
                " taken over or removed meanwhile; this process leaves the run to the other one"
            )

    def beat(self) -> None:
        """Give signs of life until the claim is given back or lost."""
        while not self.stop.wait(HEARTBEAT_SECONDS):
            # A disk that does not answer for a while is no reason to stop.
            with contextlib.suppress(OSError):
                if not self.is_held:
                    return
                os.utime(self.lock)


@contextlib.contextmanager
def claim(lock: Path, *, takeover_seconds: float) -> Iterator[Claim]:
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
    held = Claim(lock, Owner.this_process())
    beat = threading.Thread(target=held.beat, daemon=True)
    beat.start()
    try:
        yield held
    finally:
        held.stop.set()
        beat.join()
        if held.is_held:
            lock.unlink(missing_ok=True)


def await_sign(lock: Path, *, takeover_seconds: float) -> None:
    """Wait until it is known whether another host's claim is that of a living process.

    A job that a queue starts again after its host died finds its own claim, a few seconds
    old. If it left the run to that, nobody would train it.

    Args:
        lock: The claim's file.
        takeover_seconds: Silence after which the claim counts as abandoned; so long it
            waits at most, and only a heartbeat long if the owner lives.
    """
    found = read_claim(lock)
    if found is None or found.owner is None or found.owner.is_visible:
        return
    start = time.monotonic()
    log.info("%s: waits for a sign of life of %s", lock.parent, _describe(found.owner))
    while time.monotonic() - start < takeover_seconds:
        if found.is_abandoned(takeover_seconds, time.time()):
            return
        time.sleep(POLL_SECONDS)
        if read_claim(lock) != found:
            return


def take(lock: Path, takeover_seconds: float) -> None:
    """Make this process the owner of `lock`, without a heartbeat.

    Raises:
        RunClaimedError: If a living owner holds it.
    """
    # Written beside and linked: a link is atomic and fails if the claim exists, so that
    # nobody ever reads a claim without its owner.
    mine = lock.with_name(f".{lock.name}.{secrets.token_hex(8)}")
    try:
        for _ in range(3):
            mine.write_text(json.dumps(asdict(Owner.this_process())))
            if _link(mine, lock):
                return
            _remove_abandoned(lock, takeover_seconds, now=mine.stat().st_mtime)
    finally:
        mine.unlink(missing_ok=True)
    raise RunClaimedError(f"{lock.parent}: other processes claim the run again and again")


def read_claim(lock: Path) -> Claimed | None:
    """Return who holds the claim; None if nobody does."""
    try:
        # A network file system asks its server for the file's time when the file is opened.
        with lock.open() as stream:
            text = stream.read()
            beaten = os.fstat(stream.fileno()).st_mtime
    except FileNotFoundError:
        return None
    try:
        return Claimed(Owner(**json.loads(text)), beaten)
    except (json.JSONDecodeError, TypeError):
        return Claimed(None, beaten)


def _link(mine: Path, lock: Path) -> bool:
    try:
        os.link(mine, lock)
    except FileExistsError:
        # The answer of a network file system may be lost and the link be asked for twice.
        return mine.stat().st_nlink == 2
    except OSError as error:
        if error.errno in (errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise ContractError(
                f"expected a file system with hard links for the claim {lock}, but it has none"
                f" ({error.strerror}); set paths.runs to a folder on one that has them"
            ) from error
        raise
    return True


def _remove_abandoned(lock: Path, takeover_seconds: float, *, now: float) -> None:
    found = read_claim(lock)
    if found is None:
        return
    if not found.is_abandoned(takeover_seconds, now):
        raise RunClaimedError(
            f"expected nobody to work on {lock.parent}, but {_describe(found.owner)} does (last"
            f" sign of life {now - found.beaten:.0f} s ago). Wait for it, or stop it; a claim is"
            f" taken over after {takeover_seconds:.0f} s of silence."
        )
    # Renamed before it is removed: of two who find it abandoned only one succeeds. If the
    # renamed claim is a new one that was taken in between, it is put back.
    grave = lock.with_name(f".{lock.name}.abandoned.{secrets.token_hex(8)}")
    with contextlib.suppress(FileNotFoundError):
        lock.rename(grave)
        buried = read_claim(grave)
        if buried is not None and buried.owner != found.owner:
            with contextlib.suppress(FileExistsError):
                os.link(grave, lock)
        grave.unlink()


def _describe(owner: Owner | None) -> str:
    return f"process {owner.process} on {owner.host}" if owner else "an unknown process"


def _process_space() -> str:
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""
