"""What is known from outside about the runs of an experiment; nothing heavy is loaded."""

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.run import RunFolder, RunStatus, read_status
from cirrhosis.runs.claim import read_claim
from cirrhosis.runs.identity import flatten

# What every run has for itself, and its folder names.
PLACED = ("sequences", "seed", "fold")
NAMES = re.compile(r"seed-\d+/fold-\d+(-\d+)?")
STATES = ("finished", "running", "stale", "failed", "pending")


@dataclass(frozen=True)
class RunRecord:
    """One run as it stands now.

    Attributes:
        folder: Its place.
        variant: Of its configuration.
        sequences: Its combination.
        seed: Of the network.
        fold: What it holds out: `3`, or `1-3`.
        state: One of `STATES`; `stale` is a run that says `running` without a living owner.
        best: Best value on the stopping rows; None before the end or without such rows.
        seconds: From the last start to the end, or to now while it runs.
        silent_seconds: Time since the last batch of a run that is worked on.
        owner: Host and process that works or worked on it.
        reason: Why it failed.
        settings: What its result depends on; empty before the first start.
    """

    folder: RunFolder
    variant: str
    sequences: str
    seed: int
    fold: str
    state: str
    best: float | None = None
    seconds: float | None = None
    silent_seconds: float | None = None
    owner: str = ""
    reason: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def name(self) -> str:
        """How it is called in a list."""
        return f"{self.variant} {self.sequences} seed {self.seed} fold {self.fold}"

    @property
    def folds(self) -> tuple[int, ...]:
        """What it holds out as numbers, to sort by."""
        return tuple(int(part) for part in self.fold.split("-"))


@dataclass(frozen=True)
class Overview:
    """Runs of one experiment, sorted by variant, seed, combination and fold."""

    runs: tuple[RunRecord, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many runs there are of each state of `STATES`."""
        found = Counter(run.state for run in self.runs)
        return {state: found[state] for state in STATES}

    @property
    def differences(self) -> dict[str, dict[str, Any]]:
        """What tells each variant from the others: the settings in which they differ."""
        begun = {run.variant: run.settings for run in reversed(self.runs) if run.settings}
        flat = {variant: flatten(settings) for variant, settings in begun.items()}
        names = sorted({name for settings in flat.values() for name in settings} - {*PLACED})
        differing = [
            name for name in names if len({str(each.get(name)) for each in flat.values()}) > 1
        ]
        return {
            variant: {name: settings.get(name) for name in differing}
            for variant, settings in flat.items()
        }

    @property
    def n_left(self) -> int:
        """How many runs are not finished."""
        return sum(run.state != "finished" for run in self.runs)

    @property
    def n_owners(self) -> int:
        """How many processes work on runs."""
        return len({run.owner for run in self.runs if run.state == "running"})

    @property
    def seconds_left(self) -> float | None:
        """Work that is left for one process, if runs take as long as the finished ones did.

        None as long as none is finished.
        """
        known = [run.seconds for run in self.runs if run.state == "finished" and run.seconds]
        if not known:
            return None
        mean = sum(known) / len(known)
        begun = [run.seconds or 0.0 for run in self.runs if run.state == "running"]
        return (self.n_left - len(begun)) * mean + sum(max(0.0, mean - time) for time in begun)


def read_overview(folder: Path, *, takeover_seconds: float) -> Overview:
    """Return the runs below an experiment's folder.

    Args:
        folder: `runs/<experiment>/<task>`, or one variant's folder in it.
        takeover_seconds: Silence after which a claim counts as abandoned.
    """
    inner = "*/seed-*/fold-*"
    # Not every folder below is walked through: the loggers leave thousands of files.
    found = [*folder.glob(inner), *folder.glob(f"*/{inner}")]
    return read_runs(filter(_is_run, found), takeover_seconds=takeover_seconds)


def read_runs(folders: Iterable[Path], *, takeover_seconds: float) -> Overview:
    """Return the runs in these folders; a folder without a status is a pending run."""
    records = [_read_run(folder, takeover_seconds) for folder in sorted(set(folders))]
    return Overview(tuple(sorted(records, key=_order)))


def _is_run(path: Path) -> bool:
    return bool(NAMES.fullmatch(f"{path.parent.name}/{path.name}")) and path.is_dir()


def _read_run(path: Path, takeover_seconds: float) -> RunRecord:
    folder = RunFolder(path)
    status, is_stale = _read_status(folder, takeover_seconds)
    return RunRecord(
        folder=folder,
        variant=path.parents[2].name,
        sequences=path.parents[1].name,
        seed=int(path.parent.name.removeprefix("seed-")),
        fold=path.name.removeprefix("fold-"),
        state="stale" if is_stale else status.state,
        best=status.best,
        seconds=_seconds(status),
        silent_seconds=_age(status.heartbeat) if status.state == "running" else None,
        owner=status.owner,
        reason=status.reason,
        settings=status.identity.get("config", {}),
    )


def _read_status(folder: RunFolder, takeover_seconds: float) -> tuple[RunStatus, bool]:
    status = RunStatus("pending", "", {})
    # Twice, because a run may end between the look at its status and the look at its claim.
    for _ in range(2):
        try:
            status = read_status(folder.status) or status
        except ContractError as error:
            return status.with_changes(state="failed", reason=str(error)), False
        if status.state != "running":
            return status, False
        claimed = read_claim(folder.lock)
        if claimed is not None and not claimed.is_abandoned(takeover_seconds, time.time()):
            return status, False
    return status, True


def _seconds(status: RunStatus) -> float | None:
    if status.seconds is not None or not status.started or status.state != "running":
        return status.seconds
    return _age(status.started)


def _age(moment: str) -> float | None:
    if not moment:
        return None
    return time.time() - datetime.fromisoformat(moment).astimezone(UTC).timestamp()


def _order(run: RunRecord) -> tuple[object, ...]:
    size = run.sequences.count("+")
    return run.variant, run.seed, len(run.folds), size, run.sequences, run.folds
