"""How many processes and devices the trainer's settings ask for."""

from collections.abc import Mapping
from typing import Any

from cirrhosis.contracts.errors import ContractError

STRATEGIES = ("auto", "ddp")


def count_gpus() -> int:
    """Return the number of visible GPUs."""
    # Counting needs torch, and few who import this count.
    import torch

    return torch.cuda.device_count()


def count_slots() -> int:
    """Return how many runs a sweep trains at a time with one process per GPU."""
    return max(1, count_gpus())


def count_ranks(trainer: Mapping[str, Any]) -> int:
    """Return how many processes the settings of `trainer` ask for on this machine.

    Raises:
        ContractError: If the strategy is unknown, the devices are not there, or several
            are asked for without a strategy.
    """
    strategy, devices = trainer["strategy"], trainer["devices"]
    if strategy not in STRATEGIES:
        raise ContractError(
            f"expected trainer.strategy to be one of {', '.join(STRATEGIES)}, but got"
            f" '{strategy}'; trainer=ddp trains one run on several GPUs"
        )
    n_devices = _count_devices(devices, trainer["accelerator"])
    if n_devices > 1 and strategy == "auto":
        raise ContractError(
            f"expected one device for trainer.strategy=auto, but trainer.devices={devices} are"
            f" {n_devices}; use trainer=ddp, or trainer.devices=1"
        )
    if n_devices > 1 and trainer["accelerator"] == "cpu" and trainer["sync_batchnorm"]:
        raise ContractError(
            "expected trainer.sync_batchnorm=false on processors, but it is true: torch"
            " synchronises batch normalisation on GPUs only"
        )
    return n_devices


def _count_devices(devices: Any, accelerator: str) -> int:
    if isinstance(devices, list):
        return len(devices)
    if devices == 1:
        return 1
    if accelerator == "cpu":
        n_there = 1 if devices in ("auto", -1) else int(devices)
    else:
        n_there = count_gpus()
    if not n_there and accelerator == "auto":
        n_there = 1
    n_asked = n_there if devices in ("auto", -1) else int(devices)
    if n_asked > n_there or not n_there:
        raise ContractError(
            f"expected trainer.devices={devices} visible GPUs, but torch sees {n_there};"
            " trainer.accelerator=cpu trainer.sync_batchnorm=false trains on processors"
        )
    return n_asked
