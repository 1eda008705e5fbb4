"""How the launcher `workers` divides a machine, as its settings say."""

import os
from collections.abc import Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

from cirrhosis.commands.devices import list_gpus
from cirrhosis.contracts.errors import ContractError
from cirrhosis.runs.worker_slots import Slot, divide_machine

AUTO = "auto"


def share_slots(
    n_workers: int | str, threads: int | str, devices: Sequence[Any] | str, config: DictConfig
) -> list[Slot]:
    """Return one slot per worker.

    Args:
        n_workers: How many, or `auto`.
        threads: Of each; `auto` is what `threads` of the configuration says, else the
            variable OMP_NUM_THREADS, else a share of the cores.
        devices: GPUs; `auto` is every visible one, unless the runs are told to use none.
        config: Of the sweep.

    Raises:
        ContractError: If a setting is no number.
    """
    if devices == AUTO:
        is_cpu = OmegaConf.select(config, "trainer.accelerator") == "cpu"
        devices = () if is_cpu else list_gpus(os.environ)
    if threads == AUTO:
        asked = OmegaConf.select(config, "threads") or os.environ.get("OMP_NUM_THREADS", AUTO)
        # A list of values to sweep over says nothing here; each run sets its own.
        threads = asked if str(asked).isdigit() else AUTO
    return divide_machine(
        _number("n_workers", n_workers),
        _number("threads", threads),
        devices=[str(device) for device in devices],
        n_cores=count_cores(),
    )


def count_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _number(name: str, value: int | str) -> int | None:
    if value == AUTO:
        return None
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ContractError(
            f"expected hydra.launcher.{name} to be auto or a number, but got '{value}'"
        ) from None
