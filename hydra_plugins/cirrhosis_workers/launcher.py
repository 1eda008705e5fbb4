"""Hydra's launcher `workers`; Hydra looks for launchers in this namespace only."""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.utils import JobReturn

from cirrhosis.commands.sweep_launcher import SweepLauncher


class WorkersLauncher(SweepLauncher):
    """Run the jobs of a sweep in processes that live across jobs.

    Args:
        n_workers: How many, or `auto`.
        threads: Of each, or `auto`.
        devices: GPUs that they share, or `auto`.
    """

    def __init__(self, n_workers: int | str, threads: int | str, devices: Any) -> None:
        self.n_workers = n_workers
        self.threads = threads
        self.devices = devices

    def run(self, context: Any, jobs: Mapping[int, list[str]]) -> Sequence[JobReturn]:
        """Run the jobs and return what they did, in their order."""
        # Every command imports this module on its start, and few sweep.
        from cirrhosis.commands.sweep_workers import run_jobs
        from cirrhosis.commands.worker_shares import share_slots
        from cirrhosis.contracts.errors import ContractError

        try:
            slots = share_slots(self.n_workers, self.threads, self.devices, self.config)
        except ContractError as error:
            sys.exit(f"error: {error}")
        return run_jobs(context, slots, jobs)
