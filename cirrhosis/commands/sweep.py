"""Around a sweep: expands `all` before Hydra parses, shows progress, reports failures."""

import contextlib
import math
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobReturn
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from cirrhosis.commands.callback_errors import ending_the_process
from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.failed_job import ENDED
from cirrhosis.commands.places import split_file, store_folder
from cirrhosis.commands.status import this_page
from cirrhosis.commands.sweep_end import SweepEnd, clear_marks, count_ended, read_end
from cirrhosis.commands.sweep_mode import lists_jobs
from cirrhosis.commands.sweep_plan import JobComposer, list_jobs, plan_jobs, write_down_pending
from cirrhosis.commands.sweep_strategy import refuse_ddp
from cirrhosis.runs.jobs import SweepJob, write_jobs

POLL_SECONDS = 1.0


def expand_all(command: str, arguments: list[str]) -> list[str]:
    """Return the command line with `all` and `fold=pairs` written out under `-m`.

    Every non-empty combination of the store's sequences, or of those that complete cases
    have (`data.complete_over`); every fold or pair of folds of the split. Without `-m`, and of
    folds in a search, the words stay: `fold=all` is then one job that trains all folds.
    """
    flags = [word for word in arguments if word in ("-m", "--multirun")]
    # Hydra's parser takes the flag before the overrides only; people write it anywhere.
    arguments = flags[:1] + [word for word in arguments if word not in flags]
    wanted = {"sequences=all", "fold=all", "fold=pairs"} & set(arguments)
    if not flags or not wanted:
        return arguments
    rest = [word for word in arguments if "=" in word and word not in wanted]
    single = [word for word in rest if not word.startswith("hydra.") and not is_swept(word)]
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        config = compose(command, single, return_hydra_config=True)
    if not lists_jobs(config.hydra):
        wanted &= {"sequences=all"}
    # Tables are read only when there is something to expand.
    from cirrhosis.commands.incomplete_patients import list_combinations
    from cirrhosis.contracts.fold_names import list_pairs
    from cirrhosis.contracts.splits import read_splits
    from cirrhosis.contracts.store import read_manifest

    expanded = list(arguments)
    if "sequences=all" in wanted:
        manifest = read_manifest(store_folder(config))
        combinations = ",".join(list_combinations(config, manifest))
        expanded[expanded.index("sequences=all")] = f"sequences={combinations}"
    for word in wanted - {"sequences=all"}:
        n_folds = read_splits(split_file(config)).n_folds
        names = list_pairs(n_folds) if word == "fold=pairs" else map(str, range(n_folds))
        expanded[expanded.index(word)] = f"fold={','.join(names)}"
    return expanded


def is_swept(word: str) -> bool:
    """Return whether an override has several values: `x=1,2` has, the list `x=[1,2]` has not."""
    return bool(OverridesParser.create().parse_override(word).is_sweep_override())


class SweepReport(Callback):
    """Write down the jobs, show how many have ended, and say at the end what became of them."""

    def __getstate__(self) -> dict[str, Any]:
        """Send nothing to a launcher's processes: counting is done in the first one."""
        return {}

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **kwargs: Any) -> None:
        """Leave a mark that the job ended; runs in the job's own process."""
        del job_return, kwargs
        if "num" in config.hydra.job:
            folder = Path(config.hydra.runtime.output_dir)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ENDED).touch()

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Write down the jobs and begin to count, unless the sweep cannot be trained."""
        del kwargs
        # Jobs may run elsewhere, from another folder: what this process starts inherits it.
        os.environ["CIRRHOSIS_ROOT"] = str(Path(config.paths.root).absolute())
        if not lists_jobs(config.hydra):
            if "search" not in config.hydra.callbacks:
                sys.exit("error: expected search=NAME with this sweeper, such as search=optuna")
            return
        self.folder = Path(config.hydra.sweep.dir).absolute()
        with ending_the_process():
            self.jobs = self._plan(config)
            clear_marks(self.folder)
            write_jobs(self.jobs, self.folder)
            # The job says itself what is in the way of its run; without a status it is pending.
            with contextlib.suppress(OSError):
                write_down_pending(self.jobs)
        self.stop = threading.Event()
        self.watch = threading.Thread(target=self._watch, daemon=True)
        self.watch.start()

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Print the table of runs and what failed; leave with exit code 1 if not all is done."""
        del kwargs
        if not lists_jobs(config.hydra):
            return
        self.stop.set()
        self.watch.join()
        with ending_the_process():
            end = read_end(
                self.jobs, self.folder, takeover_seconds=config.get("takeover_seconds", math.inf)
            )
            print(end.describe(this_page()))
            self._track(end)
        if not end.is_good:
            sys.exit(1)

    def _plan(self, config: DictConfig) -> list[SweepJob]:
        command, overrides = config.hydra.job.config_name, list(config.hydra.overrides.task)
        params = [f"{key}={value}" for key, value in (config.hydra.sweeper.params or {}).items()]
        if command != "train":
            return list_jobs([*params, *overrides])
        refuse_ddp("train", [*params, *overrides])
        self.composer = JobComposer("train", [*params, *overrides])
        return plan_jobs(self.composer)

    def _track(self, end: SweepEnd) -> None:
        if not end.overview.runs:
            return
        # Loggers are asked for only after the jobs.
        from cirrhosis.commands.combination_summaries import track_summaries

        for values, variants in self.composer.list_experiments(end.jobs):
            track_summaries(values, variants)

    def _watch(self) -> None:
        from cirrhosis.commands.shell import show_progress

        for _ in show_progress(self._ended(), total=len(self.jobs), label="sweep"):
            pass

    def _ended(self) -> Iterator[int]:
        seen = 0
        while seen < len(self.jobs) and not self.stop.is_set():
            ended = count_ended(self.folder)
            yield from range(seen, ended)
            seen = max(seen, ended)
            self.stop.wait(POLL_SECONDS)
