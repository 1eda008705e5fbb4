"""Hydra's launcher `workers`; Hydra looks for launchers in this namespace only."""

import sys
from collections.abc import Sequence
from typing import Any

from hydra.core.utils import JobReturn, JobRuntime
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class WorkersLauncher(Launcher):
    """Run the jobs of a sweep in processes that live across jobs.

    Args:
        n_workers: How many, or `auto`.
        threads: Of each, or `auto`.
        devices: GPUs that they share, or `auto`.

    Attributes:
        composes_jobs: Whether its processes compose each job and record one that does not.
    """

    composes_jobs = True

    def __init__(self, n_workers: int | str, threads: int | str, devices: Any) -> None:
        self.n_workers = n_workers
        self.threads = threads
        self.devices = devices

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Keep what every job needs."""
        self.hydra_context = hydra_context
        self.task_function = task_function
        self.config = config

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Run the jobs and return what they did, in their order."""
        # Every command imports this module on its start, and few sweep.
        from cirrhosis.commands.sweep_workers import run_jobs
        from cirrhosis.commands.worker_jobs import SweepContext
        from cirrhosis.commands.worker_shares import share_slots
        from cirrhosis.contracts.errors import ContractError

        name = JobRuntime.instance().get("name")
        try:
            slots = share_slots(self.n_workers, self.threads, self.devices, self.config)
        except ContractError as error:
            sys.exit(f"error: {error}")
        return run_jobs(
            SweepContext(self.hydra_context, self.task_function, self.config, name),
            slots,
            dict(enumerate(map(list, job_overrides), start=initial_job_idx)),
        )
