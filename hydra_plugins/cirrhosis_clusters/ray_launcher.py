"""Hydra's launcher `ray`; Hydra looks for launchers in this namespace only."""

from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.utils import JobReturn, JobRuntime
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig


class RayLauncher(Launcher):
    """Run the jobs of a sweep as tasks of a Ray cluster.

    Args:
        address: Of a running cluster, or `auto`; None starts one on this machine.
        cpus_per_job: Cores that a job occupies.
        gpus_per_job: GPUs that a job occupies, or `auto`.
        max_retries: How often a job starts again whose worker or node died.
        init: What else `ray.init` takes.
    """

    composes_jobs = True

    def __init__(
        self,
        *,
        address: str | None,
        cpus_per_job: float,
        gpus_per_job: float | str,
        max_retries: int,
        init: Mapping[str, Any],
    ) -> None:
        self.address = address
        self.resources = (cpus_per_job, gpus_per_job, max_retries)
        self.init = dict(init)

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
        from cirrhosis.commands.ray_jobs import JobNeeds, connect, run_on_ray
        from cirrhosis.commands.worker_jobs import SweepContext

        connect(self.address, self.init)
        return run_on_ray(
            SweepContext(
                self.hydra_context,
                self.task_function,
                self.config,
                JobRuntime.instance().get("name"),
            ),
            JobNeeds(*self.resources),
            dict(enumerate(map(list, job_overrides), start=initial_job_idx)),
        )
