"""Hydra's sweeper `grid`: like its basic one, but a job that fails does not end the sweep."""

import traceback
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn
from hydra.errors import HydraException
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf


class GridSweeper(BasicSweeper):
    """Run every combination of the values that were given.

    Hydra's own composes all jobs first and refuses all if one does not compose. Here that one
    is recorded as failed, and the others run.

    Args:
        max_batch_size: Jobs that the launcher is given at once; None gives all.
        params: Values to sweep over, beside those of the command line.
    """

    def __init__(
        self, max_batch_size: int | None = None, params: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(max_batch_size, dict(params or {}))

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Keep what the jobs need and build the launcher."""
        self.loader = hydra_context.config_loader
        self.sweep_config = config
        self.job_launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> list[list[JobReturn]]:
        """Run the jobs of the command line `arguments`; return what they did, by batch."""
        words = [*self._parse_config(), *arguments]
        overrides = OverridesParser.create(config_loader=self.loader).parse_overrides(words)
        folder = Path(self.sweep_config.hydra.sweep.dir)
        folder.mkdir(parents=True, exist_ok=True)
        OmegaConf.save(self.sweep_config, folder / "multirun.yaml")
        returns: list[list[JobReturn]] = []
        first = 0
        for batch in self.split_arguments(overrides, self.max_batch_size):
            returns.append(self._launch(batch, first))
            first += len(batch)
        return returns

    def _launch(self, batch: Sequence[Sequence[str]], first: int) -> list[JobReturn]:
        if getattr(self.job_launcher, "composes_jobs", False):
            return list(self.job_launcher.launch(batch, first))
        results: list[JobReturn] = []
        jobs = enumerate(batch, start=first)
        # A launcher numbers its jobs one after the other: it gets what stands between two that
        # do not compose.
        for composes, group in groupby(jobs, key=lambda job: self._composes(*job)):
            numbers, overrides = zip(*group, strict=True)
            if composes:
                results += self.job_launcher.launch(overrides, numbers[0])
        return results

    def _composes(self, number: int, overrides: Sequence[str]) -> bool:
        # Every command imports this module on its start, and few sweep.
        from cirrhosis.commands.failed_job import describe_composition, record_failure

        try:
            self.loader.load_sweep_config(self.sweep_config, list(overrides))
        except HydraException as error:
            record_failure(
                Path(self.sweep_config.hydra.sweep.dir) / str(number),
                overrides,
                reason=describe_composition(error),
                text="".join(traceback.format_exception(error)),
            )
            return False
        return True
