"""The jobs of a sweep before it starts: which runs they are, and that none shares a folder."""

import functools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from hydra import compose
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.places import split_file, store_folder
from cirrhosis.commands.run_place import locate_run
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.fold_names import name_folds, parse_folds
from cirrhosis.contracts.run import RunFolder, write_pending
from cirrhosis.contracts.sequences import join_sequences, parse_sequences
from cirrhosis.runs.identity import RELEVANT, list_differences, make_identity, name_variant
from cirrhosis.runs.jobs import SweepJob
from cirrhosis.runs.overview import PLACED

# What other tasks depend on; for a classifier a difference there makes two runs that are one.
TASK_PARTS = ("segmenter",)


class JobComposer:
    """Composes the jobs of a sweep: once for each choice of groups, single values set after.

    Hydra does so too: its values are set when the groups are merged. Composing takes a tenth
    of a second, setting a value a thousandth of that.

    Args:
        command: Name of the primary configuration; Hydra is initialised.
        overrides: Of the sweep, lists of values as they were written.
    """

    def __init__(self, command: str, overrides: Iterable[str]) -> None:
        self.command = command
        parsed = _parse(overrides)
        self.words = _write_out(parsed)
        # Every job sets these, so that nothing of the job before is left.
        self.values = {
            override.get_key_element()
            for override in parsed
            if override.is_sweep_override() and not (Path(CONF) / override.key_or_group).is_dir()
        }
        self.composed: dict[tuple[str, ...], DictConfig | None] = {}

    def compose(self, words: Sequence[str]) -> DictConfig | None:
        """Return the configuration of a job until the next call; None if it does not compose."""
        parsed = _parse(words)
        late = [word for word in parsed if self._is_single(word)]
        early = tuple(word for word, one in zip(words, parsed, strict=True) if one not in late)
        if early not in self.composed:
            self.composed[early] = self._compose(early)
        config = self.composed[early]
        if config is None:
            return None
        try:
            ConfigLoaderImpl._apply_overrides_to_config(late, config)
        except HydraException:
            return None
        return config

    def list_experiments(self, jobs: Iterable[SweepJob]) -> list[tuple[dict[str, Any], list[str]]]:
        """Return a configuration of each experiment that was swept, with its variants."""
        found: dict[Path, tuple[dict[str, Any], list[str]]] = {}
        for job in jobs:
            if job.folder is None:
                continue
            variant = job.folder.parents[2]
            if variant.parent not in found:
                config = self.compose(job.overrides)
                values: Any = OmegaConf.to_container(config, resolve=True) if config else {}
                found[variant.parent] = (values, [])
            names = found[variant.parent][1]
            if variant.name not in names:
                names.append(variant.name)
        return list(found.values())

    def _compose(self, words: Sequence[str]) -> DictConfig | None:
        own = [word for word in words if not word.lstrip("+~").startswith("hydra")]
        try:
            return compose(self.command, own)
        except (HydraException, OmegaConfBaseException, ValueError):
            return None

    def _is_single(self, override: Override) -> bool:
        # What is added, removed or merged leaves something for the next job to find.
        is_set = not override.is_add() and not override.is_delete()
        is_plain = not isinstance(override.value(), dict | list)
        return is_set and is_plain and override.get_key_element() in self.values


def list_jobs(overrides: Iterable[str]) -> list[SweepJob]:
    """Return the jobs of a sweep of a command that makes no runs, in their order."""
    words = _write_out(_parse(overrides))
    return [SweepJob(number, tuple(each), None) for number, each in enumerate(words)]


def plan_jobs(composer: JobComposer) -> list[SweepJob]:
    """Return the jobs of a sweep in their order.

    Raises:
        ContractError: If two of them would be trained in one folder, and are not the same.
    """
    jobs = []
    for number, words in enumerate(composer.words):
        config = composer.compose(words)
        folder = None if config is None else _locate(config, words)
        jobs.append(SweepJob(number, tuple(words), folder))
    _refuse_collisions(jobs, composer)
    return jobs


def write_down_pending(jobs: Iterable[SweepJob]) -> None:
    """Write into the folder of each run that has no status yet that it is pending."""
    for job in jobs:
        if job.folder is not None:
            write_pending(RunFolder(job.folder))


def _write_out(parsed: list[Override]) -> list[list[str]]:
    endless = [
        override.input_line
        for override in parsed
        if override.is_sweep_override() and not override.is_discrete_sweep()
    ]
    if endless:
        raise ContractError(
            f"expected values that can be listed in a sweep, but got {first(endless)}; write them"
            " out, such as 0.1,0.3, or search the interval with search=optuna"
        )
    return BasicSweeper.split_arguments(parsed, None)[0]


def _parse(words: Iterable[str]) -> list[Override]:
    return [_parse_word(word) for word in words]


# The jobs of a sweep are made of few words, and each takes a millisecond.
@functools.lru_cache(maxsize=10_000)
def _parse_word(word: str) -> Override:
    hydra = GlobalHydra.instance()
    # It knows the options that `glob` chooses from.
    loader = hydra.config_loader() if hydra.is_initialized() else None
    return OverridesParser.create(config_loader=loader).parse_overrides([word])[0]


def _locate(config: DictConfig, words: Sequence[str]) -> Path | None:
    try:
        values: dict[str, Any] = {
            "paths": {"runs": config.paths.runs},
            "name": config.name,
            "task": {"name": config.task.name},
            "variant": config.variant or name_variant(words),
            "sequences": join_sequences(parse_sequences(config.sequences)),
            "seed": config.seed,
            "fold": name_folds(parse_folds(config.fold)),
        }
    except (OmegaConfBaseException, ContractError, ValueError):
        # The job says itself what it lacks. One of all folds has no folder of its own.
        return None
    return None if values["sequences"] == "chosen" else locate_run(values).folder


def _refuse_collisions(jobs: Iterable[SweepJob], composer: JobComposer) -> None:
    places: dict[Path, list[SweepJob]] = defaultdict(list)
    for job in jobs:
        if job.folder is not None:
            places[job.folder].append(job)
    identities: dict[tuple[str, ...], dict[str, Any]] = {}
    for folder, sharing in places.items():
        for job in sharing[1:]:
            one, other = (_identify(each, composer, identities) for each in (sharing[0], job))
            different = list_differences(
                one, other, names=(f"in job {sharing[0].number}", f"in job {job.number}")
            )
            if different:
                raise ContractError(
                    f"expected a folder of its own for every run of the sweep, but {folder} is"
                    f" that of several, and {len(different)} settings differ: {first(different)}."
                    f" {_name_remedy(sharing[0], job, composer)}"
                )


def _name_remedy(one: SweepJob, other: SweepJob, composer: JobComposer) -> str:
    differing = {word.split("=")[0] for word in set(one.overrides) ^ set(other.overrides)}
    values = sorted(differing & composer.values - set(PLACED))
    if not values:
        return "Leave `variant` out, so that each set of overrides makes its own."
    return f"Write into `variant` what differs, such as 'variant=x-${{{values[0].lstrip('+')}}}'."


def _identify(
    job: SweepJob, composer: JobComposer, known: dict[tuple[str, ...], dict[str, Any]]
) -> dict[str, Any]:
    # Jobs of one folder have these in common.
    key = tuple(word for word in job.overrides if word.split("=")[0] not in PLACED)
    if key not in known:
        config = composer.compose(job.overrides)
        known[key] = {} if config is None else _plain_identity(config)
    return known[key]


def _plain_identity(config: DictConfig) -> dict[str, Any]:
    try:
        values: Any = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException:
        return {}
    # What stores and splits hold is read when runs start; of two names one can be wrong.
    return make_identity(
        values | dict.fromkeys(PLACED),
        split_hash=str(split_file(values)),
        data_hash=str(store_folder(values)),
        parts=(*RELEVANT, *TASK_PARTS),
    )
