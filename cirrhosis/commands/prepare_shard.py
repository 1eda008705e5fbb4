"""Some patients of `prepare` in one job of Slurm's queue, each with a file of its outcome."""

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from submitit.helpers import DelayedSubmission

from cirrhosis.contracts.files import PARTIAL, whole_file
from cirrhosis.imaging.workers import spread, use_one_thread

SUFFIX = ".pickle"


@dataclass(frozen=True)
class Shard:
    """What a job of the queue does; one that is started again goes on after the last outcome.

    Attributes:
        function: Called on each task; raises nothing.
        folder: Where outcomes are written. Without it nobody waits for them any more.
        n_workers: Tasks at once.
    """

    function: Callable[[Any], Any]
    folder: Path
    n_workers: int

    def __call__(self, tasks: Mapping[int, Any]) -> None:
        """Do each task that has no outcome yet and write its outcome.

        Args:
            tasks: By number, which becomes the name of the outcome's file.
        """
        use_one_thread()
        written = read_numbers(self.folder)
        waiting = [(number, task) for number, task in tasks.items() if number not in written]
        call = partial(_call, self.function)
        for (number, _), outcome in spread(call, waiting, n_workers=self.n_workers):
            if not self.folder.is_dir():
                return
            with whole_file(self.folder / f"{number}{SUFFIX}") as partial_file:
                partial_file.write_bytes(pickle.dumps(outcome))

    def checkpoint(self, tasks: Mapping[int, Any]) -> DelayedSubmission:
        """Return what Slurm starts when the time was too short or the job was preempted."""
        return DelayedSubmission(self, tasks)


def _call(function: Callable[[Any], Any], numbered: tuple[int, Any]) -> Any:
    return function(numbered[1])


def read_numbers(folder: Path) -> set[int]:
    """Return the numbers of the tasks with an outcome."""
    names = (path.name for path in folder.glob(f"*{SUFFIX}"))
    return {int(name.removesuffix(SUFFIX)) for name in names if not name.startswith(PARTIAL)}


def read_outcome(folder: Path, number: int) -> Any:
    """Return the outcome of a task; None if its process died twice."""
    return pickle.loads((folder / f"{number}{SUFFIX}").read_bytes())
