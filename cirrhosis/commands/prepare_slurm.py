"""The patients of `prepare` as array jobs in Slurm's queue."""

import logging
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from submitit import AutoExecutor, Job
from submitit.core.utils import UncompletedJobError

from cirrhosis.commands.interruption import interruptible
from cirrhosis.commands.prepare_shard import Shard, read_numbers, read_outcome
from cirrhosis.commands.slurm_queue import watch_jobs
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.spread import Result, Task

log = logging.getLogger("cirrhosis")

NAME = "cirrhosis-prepare"
FOLDER = ".slurm"  # in the store
IDS = "jobs.txt"  # of the jobs that a command has in the queue
MAX_REQUEUES = 20
MAX_JOBS = 1000  # of one array; Slurm's usual limit is 1001


@dataclass(frozen=True)
class SlurmSettings:
    """The group `distribution=slurm`.

    Attributes:
        patients_per_job: Patients that one job of the array works on.
        partition: None for the cluster's own choice.
        cpus_per_task: Cores of a job; so many patients are worked on at once.
        mem_gb: Memory of a job; None for the cluster's own choice.
        timeout_min: Of one start; a job that needs longer is requeued and goes on.
        array_parallelism: Jobs at a time.
        additional_parameters: Other options of `sbatch`.
    """

    patients_per_job: int = 10
    partition: str | None = None
    cpus_per_task: int = 1
    mem_gb: float | None = None
    timeout_min: int = 240
    array_parallelism: int = 256
    additional_parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SlurmSpread:
    """Call a function on each task in jobs of the queue; fits `Spread`.

    Each outcome is a file in the store, so what a job has done before it dies is kept. What
    is missing when all jobs have ended is tried once more, one task per job (more where an
    array would be too long).

    Attributes:
        settings: Of the jobs.
        store: Where the files pass between the machines.
    """

    settings: SlurmSettings
    store: Path

    def __call__(
        self, function: Callable[[Task], Result], tasks: Iterable[Task], *, n_workers: int
    ) -> Iterator[tuple[Task, Result | None]]:
        """Yield each task with its result as it is known; None if it was lost twice.

        Args:
            function: Can be pickled and raises nothing.
            tasks: Can be pickled.
            n_workers: Of this machine; a job has as many as it has cores.

        Raises:
            ContractError: If there is no Slurm on this machine.
        """
        if shutil.which("sbatch") is None:
            raise ContractError(
                "expected Slurm's commands on this machine (distribution=slurm), but there is no"
                " sbatch; call the command on a login node, or use distribution=local"
            )
        waiting = dict(enumerate(tasks))
        if not waiting:
            return
        with interruptible(), _own_folder(self.store / FOLDER) as folder:
            for size in (self.settings.patients_per_job, -(-len(waiting) // MAX_JOBS)):
                shard = Shard(function, folder / "outcomes", self.settings.cpus_per_task)
                jobs = self._submit(shard, waiting, size, folder)
                for number in _await(jobs, shard.folder, set(waiting)):
                    yield waiting.pop(number), read_outcome(shard.folder, number)
                if not waiting:
                    _cancel(folder)
                    shutil.rmtree(self.store / FOLDER, ignore_errors=True)
                    return
                log.warning("%d patients were lost by jobs in %s", len(waiting), folder)
            yield from ((task, None) for task in waiting.values())

    def _submit(
        self, shard: Shard, waiting: Mapping[int, Any], size: int, folder: Path
    ) -> list[Job[None]]:
        settings = self.settings
        executor = AutoExecutor(
            folder / "jobs", cluster="slurm", slurm_max_num_timeout=MAX_REQUEUES
        )
        asked = {
            "name": NAME,
            "timeout_min": settings.timeout_min,
            "cpus_per_task": settings.cpus_per_task,
            "mem_gb": settings.mem_gb,
            "slurm_partition": settings.partition,
            "slurm_array_parallelism": settings.array_parallelism,
            "slurm_additional_parameters": dict(settings.additional_parameters),
            "slurm_setup": ["export OMP_NUM_THREADS=1"],
        }
        executor.update_parameters(**{name: v for name, v in asked.items() if v is not None})
        jobs = executor.map_array(shard, _cut(waiting, size))
        ids = sorted({job.job_id.split("_")[0] for job in jobs})
        (folder / IDS).write_text(" ".join(ids))
        log.info("%d jobs in Slurm's queue for %d patients", len(jobs), len(waiting))
        return jobs


def _cut(waiting: Mapping[int, Any], size: int) -> list[dict[int, Any]]:
    coming = iter(waiting.items())
    return list(iter(lambda: dict(islice(coming, size)), {}))


def _await(jobs: list[Job[None]], folder: Path, wanted: set[int]) -> Iterator[int]:
    """Yield the number of each outcome that appears, until all jobs have ended."""
    for ended in watch_jobs(dict(enumerate(jobs))):
        for number, word in ended.items():
            _tell(jobs[number], word)
        new = read_numbers(folder) & wanted
        wanted = wanted - new
        yield from sorted(new)
        if not wanted:
            return


def _tell(job: Job[None], word: str) -> None:
    """Say which job ended before its patients were done."""
    try:
        error = None if word else job.exception()
    except UncompletedJobError as unfinished:
        error = unfinished
    if word or error is not None:
        why = word or str(error).strip().splitlines()[-1]
        log.warning("Slurm's job %s ended early: %s", job.job_id, why)


@contextmanager
def _own_folder(parent: Path) -> Iterator[Path]:
    """Yield a folder for this command alone; take back the jobs of a killed one, and ours.

    What the jobs printed stays until the next command.
    """
    for leftover in sorted(parent.glob("*")):
        _cancel(leftover)
        shutil.rmtree(leftover, ignore_errors=True)
    folder = parent / secrets.token_hex(4)
    (folder / "outcomes").mkdir(parents=True, mode=0o700)
    try:
        yield folder
    finally:
        _cancel(folder)
        shutil.rmtree(folder / "outcomes", ignore_errors=True)


def _cancel(folder: Path) -> None:
    """Take what is left of a command's jobs out of the queue."""
    path = folder / IDS
    if path.is_file():
        # The name, for a number that is in use again.
        subprocess.run(
            ["scancel", f"--name={NAME}", *path.read_text().split()], capture_output=True
        )
        path.unlink()
