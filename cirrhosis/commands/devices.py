"""How many processes and devices the trainer's settings ask for."""

import ctypes
import itertools
from collections.abc import Mapping
from typing import Any

from cirrhosis.contracts.errors import ContractError

STRATEGIES = ("auto", "ddp")


def count_gpus() -> int:
    """Return the number of visible GPUs."""
    # Counting needs torch, and few who import this count.
    import torch

    return torch.cuda.device_count()


def list_gpus(environment: Mapping[str, str]) -> list[str]:
    """Return the visible GPUs by the names that `CUDA_VISIBLE_DEVICES` gives them.

    The driver is asked and neither torch nor CUDA is loaded: whoever starts the processes
    that train must stay light, and a process that has started CUDA cannot hand it on.
    """
    named = environment.get("CUDA_VISIBLE_DEVICES")
    if named is not None:
        names = [name.strip() for name in named.split(",")]
        # As CUDA reads it: what stands behind a name that is none is not visible.
        return list(itertools.takewhile(lambda name: name and not name.startswith("-"), names))
    return [str(number) for number in range(_count_gpus_of_driver())]


def _count_gpus_of_driver() -> int:
    try:
        driver = ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return 0
    if driver.nvmlInit_v2() != 0:
        return 0
    count = ctypes.c_uint(0)
    driver.nvmlDeviceGetCount_v2(ctypes.byref(count))
    driver.nvmlShutdown()
    return count.value


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
