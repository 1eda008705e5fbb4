"""What a run finds in its folder, and what `on_existing` makes of it."""

import logging
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cirrhosis.commands.provenance import code_version
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.run import PREDICTIONS, RunFolder, RunStatus, read_status
from cirrhosis.runs.identity import refuse_difference

log = logging.getLogger("cirrhosis")

ON_EXISTING = ("skip", "resume", "force", "fail")
ON_CODE_CHANGE = ("warn", "error")


@dataclass(frozen=True)
class RunPlan:
    """A run before it starts.

    Attributes:
        folder: Where it lives.
        identity: What its result depends on.
        on_existing: One of `ON_EXISTING`. A finished run of the same identity is kept by
            `skip` and `resume`, made again by `force`, and an error for `fail`. An
            unfinished one goes on from its restart point; without one it begins anew,
            except that this is an error for `resume`.
        on_code_change: `warn` or `error` if a finished run is of another code version.
        takeover_seconds: Silence after which another host's claim is abandoned.
        result: Name of the file without which no run of this kind is finished.
    """

    folder: RunFolder
    identity: dict[str, Any]
    on_existing: str
    on_code_change: str
    takeover_seconds: float
    result: str = PREDICTIONS

    def __post_init__(self) -> None:
        """Refuse words that mean nothing."""
        words = {"on_existing": ON_EXISTING, "on_code_change": ON_CODE_CHANGE}
        for name, known in words.items():
            if getattr(self, name) not in known:
                raise ContractError(
                    f"expected {name} to be one of {', '.join(known)}, but got"
                    f" '{getattr(self, name)}'"
                )


def is_done(plan: RunPlan) -> bool:
    """Return whether the run is finished and its result is to be kept.

    Raises:
        ContractError: If the folder holds another identity, or `on_existing=fail` forbids
            the finished run.
    """
    status = read_status(plan.folder.status)
    if status is None or not status.is_begun or plan.on_existing == "force":
        return False
    refuse_difference(status.identity, plan.identity, plan.folder.folder)
    if status.state != "finished" or not (plan.folder.folder / plan.result).exists():
        return False
    if plan.on_existing == "fail":
        raise ContractError(
            f"expected no finished run in {plan.folder.folder}, but there is one and"
            " on_existing=fail; use on_existing=skip or force, or another `variant`"
        )
    _compare_code(status, plan)
    return True


def check_restart(plan: RunPlan) -> None:
    """Say from where an unfinished run goes on if that is not what one would expect.

    A checkpoint that is damaged, as after a loss of power, is removed: the run would meet it
    again at every start.

    Raises:
        ContractError: If `on_existing=resume` and a run that was begun has nothing to go on
            from.
    """
    status = read_status(plan.folder.status)
    if status is None or not status.is_begun or plan.on_existing == "force":
        return
    points = sorted(plan.folder.checkpoints.glob("*.ckpt"))
    damaged = [point for point in points if not _is_whole(point)]
    is_usable = len(damaged) < len(points)
    if plan.on_existing == "resume" and not is_usable:
        found = f"{first(damaged)} is damaged" if damaged else "there is none"
        raise ContractError(
            f"expected a restart point in {plan.folder.checkpoints}, because on_existing=resume"
            f" never begins a run anew, but {found}; use on_existing=skip"
        )
    for point in damaged:
        log.warning(f"{point} is damaged and is removed")
        point.unlink()
    _warn_of_restart(plan, status, is_usable=is_usable)


def _warn_of_restart(plan: RunPlan, status: RunStatus, *, is_usable: bool) -> None:
    if not is_usable:
        log.warning(f"{plan.folder.folder} has no restart point and begins anew")
    elif status.code_version != code_version():
        log.warning(
            f"{plan.folder.folder} goes on from a restart point of code {status.code_version},"
            f" now it is {code_version()}; on_existing=force begins anew"
        )


def _is_whole(checkpoint: Path) -> bool:
    # An archive with a checksum per tensor.
    try:
        with zipfile.ZipFile(checkpoint) as archive:
            return archive.testzip() is None
    except zipfile.BadZipFile:
        return False


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
