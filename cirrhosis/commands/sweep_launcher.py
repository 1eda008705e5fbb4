"""What the launchers of ours share: they send what all jobs need, and number the jobs."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.utils import JobReturn, JobRuntime, configure_log, setup_globals
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

if TYPE_CHECKING:
    # Every command imports this module on its start, and few sweep.
    from cirrhosis.commands.worker_jobs import SweepContext


class SweepLauncher(Launcher):
    """A launcher whose processes compose the jobs themselves.

    Attributes:
        composes_jobs: Whether its processes compose each job and record one that does not.
    """

    composes_jobs = True

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
        from cirrhosis.commands.worker_jobs import SweepContext

        name = JobRuntime.instance().get("name")
        return self.run(
            SweepContext(self.hydra_context, self.task_function, self.config, name),
            dict(enumerate(map(list, job_overrides), start=initial_job_idx)),
        )

    @abstractmethod
    def run(self, context: "SweepContext", jobs: Mapping[int, list[str]]) -> Sequence[JobReturn]:
        """Run the jobs and return what they did, in their order.

        Args:
            context: What the jobs share.
            jobs: Overrides of each, by number.
        """


def open_sweep(config: DictConfig) -> Path:
    """Make this process write its messages as Hydra does; return the folder of the sweep."""
    setup_globals()
    configure_log(config.hydra.hydra_logging, config.hydra.verbose)
    folder = Path(config.hydra.sweep.dir)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
