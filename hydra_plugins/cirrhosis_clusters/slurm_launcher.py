"""Hydra's launcher `slurm`; Hydra looks for launchers in this namespace only."""

from collections.abc import Sequence

from hydra.core.utils import JobReturn
from hydra_plugins.hydra_submitit_launcher.submitit_launcher import SlurmLauncher


class RequeuingLauncher(SlurmLauncher):
    """Run the jobs of a sweep in Slurm's queue.

    Submitit's own stops at the first job without a result, and waits forever where Slurm keeps
    no accounts. Here such a job is recorded as failed and the others are waited for.
    """

    def launch(
        self, job_overrides: Sequence[Sequence[str]], initial_job_idx: int
    ) -> Sequence[JobReturn]:
        """Submit the jobs, wait for them and return what they did, in their order."""
        # Every command imports this module on its start, and few sweep.
        from cirrhosis.commands.slurm_jobs import run_in_queue

        jobs = dict(enumerate(map(list, job_overrides), start=initial_job_idx))
        return run_in_queue(self, self.params, jobs, config=self.config)
