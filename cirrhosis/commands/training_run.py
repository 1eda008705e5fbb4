"""One run: claim it, train it, predict, and leave its folder finished or failed."""

import contextlib
import logging
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from cirrhosis.commands.interruption import RunInterrupted, interruptible
from cirrhosis.commands.provenance import code_version
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import PARTIAL, write_text
from cirrhosis.contracts.run import RunFolder, RunStatus, read_status, write_status
from cirrhosis.runs.claim import claim
from cirrhosis.runs.identity import fingerprint, refuse_difference

log = logging.getLogger("cirrhosis")


@dataclass(frozen=True)
class RunPlan:
    """A run before it starts.

    Attributes:
        folder: Where it lives.
        identity: What its result depends on.
        on_existing: `skip`, `force` or `fail` for a finished run of the same identity.
        on_code_change: `warn` or `error` if that run is of another code version.
        takeover_seconds: Silence after which another host's claim is abandoned.
    """

    folder: RunFolder
    identity: dict[str, Any]
    on_existing: str
    on_code_change: str
    takeover_seconds: float


@contextlib.contextmanager
def working_on(plan: RunPlan, config: dict[str, Any]) -> Iterator["RunWork | None"]:
    """Hold the run while the block works on it; None if it is finished already.

    The status says `running` at once, `finished` when the block ends well and `failed`
    with the reason when it does not, also if a signal ends it; the traceback goes to the
    run's own log.

    Raises:
        ContractError: If the folder holds another identity, or a finished run and
            `on_existing=fail`.
    """
    if is_done(plan):
        yield None
        return
    with claim(plan.folder.lock, takeover_seconds=plan.takeover_seconds):
        # Asked again inside the claim: another process may have finished it meanwhile.
        if is_done(plan):
            yield None
            return
        work = _start(plan, config)
        handler = logging.FileHandler(plan.folder.log)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logging.getLogger().addHandler(handler)
        try:
            with interruptible():
                yield work
        except BaseException as error:
            handler.handle(_record(error))
            work.end("failed", reason=_name_reason(error))
            raise
        else:
            work.end("finished")
            if not config["callbacks"]["keep_weights"]:
                _remove_checkpoints(plan.folder)
        finally:
            logging.getLogger().removeHandler(handler)
            handler.close()


class RunWork:
    """The status of a run that is being worked on.

    Args:
        path: Of the status file.
        status: As it is at the start.
    """

    def __init__(self, path: Path, status: RunStatus) -> None:
        self.path = path
        self.status = status
        self.clock = time.monotonic()
        self.best: float | None = None
        write_status(status, path)

    def beat(self) -> None:
        """Say that the run is alive."""
        self._write(heartbeat=_now())

    def end(self, state: str, *, reason: str = "") -> None:
        """Say how the run ended."""
        seconds = round(time.monotonic() - self.clock, 2)
        now = _now()
        self._write(
            state=state, reason=reason, heartbeat=now, finished=now, seconds=seconds, best=self.best
        )

    def _write(self, **changes: Any) -> None:
        self.status = self.status.with_changes(**changes)
        write_status(self.status, self.path)


def is_done(plan: RunPlan) -> bool:
    """Return whether the run is finished and its result is to be kept.

    Raises:
        ContractError: If the folder holds another identity, or `on_existing=fail` forbids
            the finished run.
    """
    status = read_status(plan.folder.status)
    if status is None or plan.on_existing == "force":
        return False
    refuse_difference(status.identity, plan.identity, plan.folder.folder)
    if status.state != "finished" or not plan.folder.predictions.exists():
        return False
    if plan.on_existing == "fail":
        raise ContractError(
            f"expected no finished run in {plan.folder.folder}, but there is one and"
            " on_existing=fail; use on_existing=skip or force, or another `variant`"
        )
    _compare_code(status, plan)
    return True


def _compare_code(status: RunStatus, plan: RunPlan) -> None:
    now = code_version()
    if status.code_version == now:
        return
    message = (
        f"{plan.folder.folder} was finished by code {status.code_version}, now it is {now};"
        " its result is kept"
    )
    if plan.on_code_change == "error":
        raise ContractError(f"{message} only with on_code_change=warn; on_existing=force redoes it")
    log.warning(message)


def _start(plan: RunPlan, config: dict[str, Any]) -> RunWork:
    folder = plan.folder
    # Without a status nobody knows of which identity the rest is.
    if plan.on_existing == "force" or not folder.status.exists():
        _clear(folder)
    folder.checkpoints.mkdir(parents=True, exist_ok=True)
    _remove_partial(folder)
    _warn_of_old_point(plan)
    write_text(yaml.safe_dump(config, sort_keys=True, allow_unicode=True), folder.config)
    now = _now()
    status = RunStatus(
        state="running",
        fingerprint=fingerprint(plan.identity),
        identity=plan.identity,
        owner=f"{socket.gethostname()}:{os.getpid()}",
        started=now,
        heartbeat=now,
        code_version=code_version(),
    )
    return RunWork(folder.status, status)


def _name_reason(error: BaseException) -> str:
    if isinstance(error, RunInterrupted):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _record(error: BaseException) -> logging.LogRecord:
    # To the run's own log only: the terminal shows the error once, where the job ends.
    info = (type(error), error, error.__traceback__)
    return log.makeRecord(log.name, logging.ERROR, "", 0, "the run failed", (), info)


def _clear(folder: RunFolder) -> None:
    for path in (folder.metrics, folder.predictions, folder.log):
        path.unlink(missing_ok=True)
    _remove_checkpoints(folder)


def _remove_checkpoints(folder: RunFolder) -> None:
    for checkpoint in folder.checkpoints.glob("*.ckpt"):
        checkpoint.unlink()


def _remove_partial(folder: RunFolder) -> None:
    # A process that was killed while it wrote could not clean up; the claim is ours now.
    for place in (folder.folder, folder.checkpoints):
        for path in place.glob(f"{PARTIAL}*"):
            path.unlink()


def _warn_of_old_point(plan: RunPlan) -> None:
    status = read_status(plan.folder.status)
    has_point = any(plan.folder.checkpoints.glob("*.ckpt"))
    if status is not None and has_point and status.code_version != code_version():
        log.warning(
            f"{plan.folder.folder} goes on from a restart point of code {status.code_version},"
            f" now it is {code_version()}; on_existing=force begins anew"
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
