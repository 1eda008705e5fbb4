"""The run folder: one sequence combination, one seed, one fold."""

import contextlib
import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import PARTIAL, read_json, write_json

STATES = ("pending", "running", "finished", "failed")
# What a run leaves: of a classifier its predictions, of other tasks the model itself.
PREDICTIONS = "predictions.csv"
MODEL = "model.safetensors"


@dataclass(frozen=True)
class RunFolder:
    """Places inside one run's folder."""

    folder: Path

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.folder / "config.yaml"

    @property
    def status(self) -> Path:
        """State, owner and heartbeat."""
        return self.folder / "status.json"

    @property
    def metrics(self) -> Path:
        """One row per epoch."""
        return self.folder / "metrics.csv"

    @property
    def predictions(self) -> Path:
        """The held-out fold and every test split."""
        return self.folder / PREDICTIONS

    @property
    def model(self) -> Path:
        """The trained network of a task whose model others use."""
        return self.folder / MODEL

    @property
    def model_record(self) -> Path:
        """Settings, sequences, split and patients of that model."""
        return self.folder / "model.json"

    @property
    def scores(self) -> Path:
        """One row per held-out volume, of a task whose model others use."""
        return self.folder / "scores.csv"

    @property
    def checkpoints(self) -> Path:
        """Weights."""
        return self.folder / "checkpoints"

    @property
    def log(self) -> Path:
        """Messages and tracebacks of this run alone."""
        return self.folder / "run.log"

    @property
    def lock(self) -> Path:
        """The claim: exists while a process works on the run."""
        return self.folder / "claim.json"


def run_folder(
    root: Path, *, experiment: str, task: str, variant: str, sequences: str, seed: int, fold: str
) -> RunFolder:
    """Return the one place of a run below `root`; the same words give the same place."""
    return RunFolder(
        root / experiment / task / variant / sequences / f"seed-{seed}" / f"fold-{fold}"
    )


@dataclass(frozen=True)
class RunStatus:
    """What is known of a run from outside.

    Attributes:
        state: One of `STATES`.
        fingerprint: Identity: hash of the result-relevant configuration, split and data.
        identity: What the fingerprint was made of, plain values; empty before the first start.
        owner: Host and process that works or worked on it.
        started: ISO time of the last start.
        heartbeat: ISO time of the last sign of life.
        finished: ISO time of the end, empty before.
        seconds: Time spent on it from start to end, over all starts.
        earlier_seconds: Part of it that was spent before the last start.
        reason: Last line of the error of a failed run.
        code_version: Version and commit of the code, for provenance.
        best: Best value of the monitored metric, if one was monitored.
    """

    state: str
    fingerprint: str
    identity: dict[str, Any]
    owner: str = ""
    started: str = ""
    heartbeat: str = ""
    finished: str = ""
    seconds: float | None = None
    earlier_seconds: float = 0.0
    reason: str = ""
    code_version: str = ""
    best: float | None = None

    @property
    def is_begun(self) -> bool:
        """Whether the folder holds anything of a run; a sweep writes down what is pending."""
        return bool(self.identity)

    def with_changes(self, **changes: Any) -> "RunStatus":
        """Return a copy with some fields replaced."""
        return replace(self, **changes)


def write_status(status: RunStatus, path: Path) -> None:
    """Write a status whole.

    Raises:
        ContractError: If the state is unknown.
    """
    _check_state(status.state, path)
    write_json(asdict(status), path)


def tell_time() -> str:
    """Return this moment as a status writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def write_pending(folder: RunFolder) -> None:
    """Write that a run is to be trained, unless its folder has a status already.

    Raises:
        OSError: If the file system has no hard links.
    """
    if folder.status.exists():
        return
    folder.folder.mkdir(parents=True, exist_ok=True)
    partial = folder.folder / f"{PARTIAL}{secrets.token_hex(4)}-pending.json"
    # Without waiting for the disk: a sweep writes a thousand, and what is lost is a word.
    partial.write_text(json.dumps(asdict(RunStatus("pending", "", {}))))
    try:
        # Linked and not renamed: a run that has been begun meanwhile keeps its status.
        with contextlib.suppress(FileExistsError):
            os.link(partial, folder.status)
    finally:
        partial.unlink()


def read_status(path: Path) -> RunStatus | None:
    """Read a status; None if the run was never started.

    Raises:
        ContractError: If the file is no status.
    """
    if not path.exists():
        return None
    content = read_json(path)
    try:
        status = RunStatus(**content)
    except TypeError as error:
        raise ContractError(f"{path}: is not a run status ({error}); remove it") from error
    _check_state(status.state, path)
    return status


def _check_state(state: str, path: Path) -> None:
    if state not in STATES:
        raise ContractError(f"{path}: expected a state of {', '.join(STATES)}, but got '{state}'")
