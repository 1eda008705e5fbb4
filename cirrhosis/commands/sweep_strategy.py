"""A sweep trains each run in one process: several per run are refused before it starts."""

import contextlib
import itertools
from collections.abc import Iterator

from hydra import compose
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from cirrhosis.contracts.errors import ContractError

# Groups whose options may choose a strategy; a job asks again, whatever chose it.
CHOOSING = ("trainer", "experiment", "debug")


def refuse_strategy(strategy: str) -> None:
    """Refuse a strategy of several processes in a job of a sweep.

    Raises:
        ContractError: With what to do instead.
    """
    if strategy != "auto":
        raise ContractError(
            f"expected one process per run in a sweep (-m), but trainer.strategy={strategy} takes"
            " several; with trainer=default a sweep trains one run per GPU, or train one run at a"
            " time without -m"
        )


def refuse_ddp(command: str, overrides: list[str]) -> None:
    """Refuse a sweep if any of its jobs would train in several processes.

    Args:
        command: Name of the primary configuration; Hydra is initialised.
        overrides: Of the sweep, lists of values as they were written.

    Raises:
        ContractError: If one would.
    """
    parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
    parsed = parser.parse_overrides(overrides)
    single = [str(override.input_line) for override in parsed if not override.is_sweep_override()]
    choices = [list(_write_out(override)) for override in parsed if _may_choose(override)]
    for chosen in itertools.product(*choices):
        refuse_strategy(_strategy(command, [*single, *chosen]))


def _strategy(command: str, overrides: list[str]) -> str:
    # What cannot be composed is named by the sweep itself.
    with contextlib.suppress(HydraException, ValueError):
        return str(compose(command, overrides).trainer.strategy)
    return "auto"


def _may_choose(override: Override) -> bool:
    group = override.key_or_group.split(".")[0].split("@")[0]
    return override.is_discrete_sweep() and group in CHOOSING


def _write_out(override: Override) -> Iterator[str]:
    key = override.get_key_element()
    return (f"{key}={value}" for value in override.sweep_string_iterator())
