"""Around a sweep: expands `all` before Hydra parses, shows progress, reports failures."""

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobReturn
from hydra.experimental.callback import Callback
from omegaconf import DictConfig

from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.places import split_file, store_folder
from cirrhosis.commands.sweep_strategy import refuse_ddp
from cirrhosis.contracts.errors import ContractError

POLL_SECONDS = 1.0


def expand_all(command: str, arguments: list[str]) -> list[str]:
    """Return the command line with `all` and `fold=pairs` written out under `-m`.

    Every non-empty combination of the store's sequences, or of those that complete cases
    have (`data.complete_over`); every fold or pair of folds of the split. Without `-m` the
    words stay: `fold=all` is then one job that trains all folds.
    """
    flags = [word for word in arguments if word in ("-m", "--multirun")]
    # Hydra's parser takes the flag before the overrides only; people write it anywhere.
    arguments = flags[:1] + [word for word in arguments if word not in flags]
    wanted = {"sequences=all", "fold=all", "fold=pairs"} & set(arguments)
    if not flags or not wanted:
        return arguments
    rest = [word for word in arguments if "=" in word and word not in wanted]
    single = [word for word in rest if not word.startswith("hydra") and not is_swept(word)]
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        config = compose(command, single)
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


def count_jobs(overrides: list[str]) -> int:
    """Return how many jobs the sweep of these overrides has."""
    parser = OverridesParser.create(config_loader=None)
    total = 1
    for override in parser.parse_overrides(overrides):
        if override.is_sweep_override():
            total *= sum(1 for _ in override.sweep_iterator())
    return total


class SweepReport(Callback):
    """Show how many jobs of a sweep have ended, and name those that failed."""

    def __getstate__(self) -> dict[str, Any]:
        """Send nothing to a launcher's processes: counting is done in the first one."""
        return {}

    def on_job_end(self, config: DictConfig, job_return: JobReturn, **kwargs: Any) -> None:
        """Leave a mark that the job ended; runs in the job's own process."""
        del job_return, kwargs
        if "num" in config.hydra.job:
            folder = Path(config.hydra.runtime.output_dir)
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "ended").touch()

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Begin to count, unless the sweep cannot be trained.

        An error that is raised here would only be a warning of Hydra's.
        """
        del kwargs
        if config.hydra.job.config_name == "train":
            try:
                refuse_ddp("train", list(config.hydra.overrides.task))
            except ContractError as error:
                sys.exit(f"error: {error}")
        self.folder = Path(config.hydra.sweep.dir)
        self.total = count_jobs(list(config.hydra.overrides.task))
        self.stop = threading.Event()
        self.watch = threading.Thread(target=self._watch, daemon=True)
        self.watch.start()

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Print the failures; leave with exit code 1 if there are any."""
        del config, kwargs
        self.stop.set()
        self.watch.join()
        failures = [json.loads(path.read_text()) for path in self.folder.glob("*/failed.json")]
        ended = len(list(self.folder.glob("*/ended")))
        print(f"sweep: {ended} of {self.total} jobs ended, {len(failures)} failed")
        for failure in failures:
            print(f"  {' '.join(failure['overrides'])}\n    {failure['reason']}")
        if failures:
            print(f"tracebacks: {self.folder}/*/traceback.txt")
            sys.exit(1)

    def _watch(self) -> None:
        from cirrhosis.commands.shell import show_progress

        for _ in show_progress(self._ended(), total=self.total, label="sweep"):
            pass

    def _ended(self) -> Any:
        seen = 0
        while seen < self.total and not self.stop.is_set():
            ended = len(list(self.folder.glob("*/ended")))
            yield from range(seen, ended)
            seen = max(seen, ended)
            time.sleep(POLL_SECONDS)
