"""One run: claim it, train it, predict, and leave its folder finished or failed."""

import contextlib
import logging
import os
import socket
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from cirrhosis.commands.existing_run import RunPlan, check_restart, is_done
from cirrhosis.commands.interruption import interruptible
from cirrhosis.commands.provenance import code_version
from cirrhosis.contracts.errors import describe
from cirrhosis.contracts.files import PARTIAL, write_text
from cirrhosis.contracts.run import RunFolder, RunStatus, read_status, tell_time, write_status
from cirrhosis.runs.claim import Claim, await_sign, claim
from cirrhosis.runs.identity import fingerprint

log = logging.getLogger("cirrhosis")


@contextlib.contextmanager
def working_on(plan: RunPlan, config: dict[str, Any]) -> Iterator["RunWork | None"]:
    """Hold the run while the block works on it; None if it is finished already.

    The status says `running` at once, `finished` when the block ends well and `failed`
    with the reason when it does not, also if a signal ends it; the traceback goes to the
    run's own log.

    Raises:
        RunClaimedError: If another living process works on the run.
        ContractError: If the folder holds another identity, or what `on_existing` forbids.
    """
    if is_done(plan):
        yield None
        return
    await_sign(plan.folder.lock, takeover_seconds=plan.takeover_seconds)
    with claim(plan.folder.lock, takeover_seconds=plan.takeover_seconds) as held:
        # Asked again inside the claim: another process may have finished it meanwhile.
        if is_done(plan):
            yield None
            return
        with _logging_to(plan) as handler:
            work = _start(plan, config, held)
            try:
                with interruptible():
                    yield work
                work.end("finished")
            except BaseException as error:
                handler.handle(_record(error))
                work.end("failed", reason=describe(error))
                raise
        if not config["callbacks"]["keep_weights"]:
            _remove_checkpoints(plan.folder)


class RunWork:
    """The status of a run that is being worked on.

    Args:
        path: Of the status file.
        status: As it is at the start.
        held: The claim on the run. Who has lost it writes nothing any more.
    """

    def __init__(self, path: Path, status: RunStatus, held: Claim) -> None:
        self.path = path
        self.status = status
        self.held = held
        self.clock = time.monotonic()
        self.best: float | None = None
        write_status(status, path)

    def beat(self) -> None:
        """Say that the run gets on.

        Raises:
            RunClaimedError: If another process has taken the run over.
        """
        self.held.check()
        self._write(heartbeat=tell_time())

    def end(self, state: str, *, reason: str = "") -> None:
        """Say how the run ended.

        Raises:
            RunClaimedError: If it is said to be finished, but another process has taken it
                over.
        """
        if state == "finished":
            self.held.check()
        if not self.held.is_held:
            return
        seconds = round(self.status.earlier_seconds + time.monotonic() - self.clock, 2)
        now = tell_time()
        self._write(
            state=state, reason=reason, heartbeat=now, finished=now, seconds=seconds, best=self.best
        )

    def _write(self, **changes: Any) -> None:
        self.status = self.status.with_changes(**changes)
        write_status(self.status, self.path)


@contextlib.contextmanager
def _logging_to(plan: RunPlan) -> Iterator[logging.Handler]:
    """Send what is logged to the run's own log as well."""
    _clear_unknown(plan)
    handler = logging.FileHandler(plan.folder.log)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.getLogger().addHandler(handler)
    try:
        yield handler
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


def _start(plan: RunPlan, config: dict[str, Any], held: Claim) -> RunWork:
    folder = plan.folder
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    _remove_partial(folder)
    check_restart(plan)
    write_text(yaml.safe_dump(config, sort_keys=True, allow_unicode=True), folder.config)
    now = tell_time()
    status = RunStatus(
        state="running",
        fingerprint=fingerprint(plan.identity),
        identity=plan.identity,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        started=now,
        heartbeat=now,
        earlier_seconds=_spent(read_status(folder.status)),
        code_version=code_version(),
    )
    return RunWork(folder.status, status, held)


def _spent(status: RunStatus | None) -> float:
    """Return the seconds that were spent on a run that goes on; a killed one left no sum."""
    if status is None or status.seconds is not None or not status.is_begun:
        return 0.0 if status is None else status.seconds or 0.0
    started, heard = map(datetime.fromisoformat, (status.started, status.heartbeat))
    return status.earlier_seconds + (heard - started).total_seconds()


def _clear_unknown(plan: RunPlan) -> None:
    status = read_status(plan.folder.status)
    # Unless a run was begun there, nobody knows of which identity the rest is.
    if plan.on_existing == "force" or status is None or not status.is_begun:
        folder = plan.folder
        # The status first: of what is left if this process is killed here nobody knows either.
        result = folder.folder / plan.result
        for path in (folder.status, folder.metrics, result, folder.log):
            path.unlink(missing_ok=True)
        _remove_checkpoints(plan.folder)


def _record(error: BaseException) -> logging.LogRecord:
    # To the run's own log only: the terminal shows the error once, where the job ends.
    info = (type(error), error, error.__traceback__)
    return log.makeRecord(log.name, logging.ERROR, "", 0, "the run failed", (), info)


def _remove_checkpoints(folder: RunFolder) -> None:
    for checkpoint in folder.checkpoints.glob("*.ckpt"):
        checkpoint.unlink()


def _remove_partial(folder: RunFolder) -> None:
    # A process that was killed while it wrote could not clean up; the claim is ours now.
    for place in (folder.folder, folder.checkpoints):
        for path in place.glob(f"{PARTIAL}*"):
            path.unlink()
