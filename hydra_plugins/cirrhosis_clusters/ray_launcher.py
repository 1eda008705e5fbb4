"""Hydra's launcher `ray`; Hydra looks for launchers in this namespace only."""

from collections.abc import Mapping, Sequence
from typing import Any

from hydra.core.utils import JobReturn

from cirrhosis.commands.sweep_launcher import SweepLauncher


class RayLauncher(SweepLauncher):
    """Run the jobs of a sweep as tasks of a Ray cluster.

    Args:
        address: Of a running cluster, or `auto`; None starts one on this machine.
        cpus_per_job: Cores that a job occupies.
        gpus_per_job: GPUs that a job occupies, or `auto`.
        max_retries: How often a job starts again whose worker or node died.
        init: What else `ray.init` takes.
    """

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

    def run(self, context: Any, jobs: Mapping[int, list[str]]) -> Sequence[JobReturn]:
        """Run the jobs and return what they did, in their order."""
        # Every command imports this module on its start, and few sweep.
        from cirrhosis.commands.ray_cluster import connect
        from cirrhosis.commands.ray_jobs import JobNeeds, run_on_ray

        connect(self.address, self.init, where="hydra.launcher.address")
        return run_on_ray(context, JobNeeds(*self.resources), jobs)
