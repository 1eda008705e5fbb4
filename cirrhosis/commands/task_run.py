"""Runs of the tasks that learn from the cohort's volumes: segmentation and registration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from cirrhosis.commands.existing_run import RunPlan
from cirrhosis.commands.run_place import locate_run
from cirrhosis.commands.run_work import finish_run
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.run import MODEL
from cirrhosis.contracts.splits import TRAINING, Splits
from cirrhosis.runs.identity import make_identity


@dataclass(frozen=True)
class TaskRun:
    """A run of a task before it starts: the model of one fold.

    Attributes:
        values: Plain configuration; `fold` is the number of the fold held out.
        splits: The split.
        train: Patients of the other folds, from whom it learns.
        held_out: Patients of the fold, whom it never sees; they decide nothing either.
        plan: Where it lives and what it depends on.
    """

    values: dict[str, Any]
    splits: Splits
    train: tuple[str, ...]
    held_out: tuple[str, ...]
    plan: RunPlan

    @property
    def fold(self) -> int:
        """The fold held out."""
        return int(self.values["fold"])


def plan_task(
    values: dict[str, Any], splits: Splits, *, relevant: Sequence[str], data_hash: str
) -> list[TaskRun]:
    """Return the runs that `fold` asks for: one, or with `all` that of every fold.

    Args:
        values: Plain configuration; `variant` is a word and `sequences` a normalised one.
        splits: The split.
        relevant: Groups of the configuration that change the task's results.
        data_hash: Of the volumes and masks that it learns from.

    Raises:
        ContractError: If the split has no such fold.
    """
    wanted = str(values["fold"])
    known = [str(fold) for fold in range(splits.n_folds)]
    if wanted not in ("all", *known):
        raise ContractError(
            f"expected fold to be one of {', '.join(known)}, all for task={values['task']['name']},"
            f" but got {first([wanted])}: the model of a fold is learnt from all others"
        )
    folds = known if wanted == "all" else [wanted]
    return [_plan_fold(values | {"fold": int(fold)}, splits, relevant, data_hash) for fold in folds]


def train_folds(
    runs: Sequence[TaskRun], fit: Callable[[TaskRun, Callable[[], None]], float | None]
) -> float | None:
    """Train each run that is not finished.

    Args:
        runs: Of the folds.
        fit: Trains one run and writes what it leaves; gets what gives a sign of life.

    Returns:
        The mean of what the runs call their best value; None if one has none, or is another
        process's.
    """
    found = [finish_run(run.plan, run.values, partial(fit, run)) for run in runs]
    best = [value for value in found if value is not None]
    return sum(best) / len(best) if len(best) == len(runs) else None


def _plan_fold(
    values: dict[str, Any], splits: Splits, relevant: Sequence[str], data_hash: str
) -> TaskRun:
    table = splits.included
    training = table[table["split"] == TRAINING]
    is_held_out = training["fold"] == values["fold"]
    identity = make_identity(
        values,
        split_hash=splits.hash,
        data_hash=data_hash,
        parts=("task", "sequences", "fold", "seed", *relevant),
    )
    plan = RunPlan(
        locate_run(values),
        identity,
        values["on_existing"],
        values["on_code_change"],
        values["takeover_seconds"],
        result=MODEL,
    )
    return TaskRun(
        values,
        splits,
        train=tuple(map(str, training["patient_id"][~is_held_out])),
        held_out=tuple(map(str, training["patient_id"][is_held_out])),
        plan=plan,
    )
