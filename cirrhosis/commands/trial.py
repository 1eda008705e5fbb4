"""What one trial of a search gave: a record in the folder of its job."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cirrhosis.commands.fold_plan import FoldRun
from cirrhosis.contracts.files import read_json, write_json
from cirrhosis.contracts.run import read_status

RECORD = "trial.json"


@dataclass(frozen=True)
class Trial:
    """A trial whose folds are all trained.

    Attributes:
        overrides: What its job sets.
        variant: Word under which its runs live, and under which they are fused and evaluated.
        folder: Of its runs.
        stopping: Best AUROC on the stopping rows by fold, in the order of training.
        minutes: Time in which its folds were trained, whenever that was.
    """

    overrides: list[str]
    variant: str
    folder: str
    stopping: dict[str, float]
    minutes: float

    @property
    def objective(self) -> float:
        """The mean over folds."""
        return sum(self.stopping.values()) / len(self.stopping)


def write_trial(folds: Sequence[FoldRun], overrides: Iterable[str], folder: Path) -> None:
    """Leave in a job's folder what its finished folds gave."""
    stopping, seconds = {}, 0.0
    for fold in folds:
        status = read_status(fold.plan.folder.status)
        if status is None or status.best is None:
            return
        stopping[str(fold.values["fold"])] = status.best
        seconds += status.seconds or 0.0
    trial = Trial(
        overrides=list(overrides),
        variant=folds[0].values["variant"],
        folder=str(folds[0].plan.folder.folder.parent),
        stopping=stopping,
        minutes=round(seconds / 60, 2),
    )
    write_json(asdict(trial), folder / RECORD)


def read_trial(folder: Path) -> Trial | None:
    """Return what a job's folder says of its trial; None if it did not end well."""
    path = folder / RECORD
    return Trial(**read_json(path)) if path.exists() else None
