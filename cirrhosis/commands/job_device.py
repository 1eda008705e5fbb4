"""The GPU of one job of a sweep with `hydra/launcher=per_gpu`."""

from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode

from cirrhosis.commands.devices import count_gpus
from cirrhosis.runs.device_slot import take_slot


def choose_device(trainer: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of `trainer` with the GPU that this process keeps.

    They are returned as they are outside such a sweep, and where there is no GPU.
    """
    if not _is_per_gpu() or trainer["accelerator"] == "cpu":
        return trainer
    n_gpus = count_gpus()
    if not n_gpus:
        return trainer
    hydra = HydraConfig.get()
    # Who sets `hydra.launcher.n_jobs` puts several processes on one GPU.
    n_jobs = hydra.launcher.n_jobs if isinstance(hydra.launcher.n_jobs, int) else n_gpus
    slot = take_slot(Path(hydra.sweep.dir) / "devices", max(n_jobs, n_gpus))
    return {**trainer, "devices": [slot % n_gpus]}


def _is_per_gpu() -> bool:
    if not HydraConfig.initialized():
        return False
    hydra = HydraConfig.get()
    is_chosen = hydra.runtime.choices.get("hydra/launcher") == "per_gpu"
    return bool(hydra.mode == RunMode.MULTIRUN and is_chosen)
