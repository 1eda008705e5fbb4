"""Where the numbers of a benchmark hold."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

LIBRARIES = (
    "torch",
    "torchvision",
    "pytorch-lightning",
    "monai",
    "torchio",
    "kornia",
    "batchgeneratorsv2",
    "numpy",
    "wandb",
)


def describe_environment() -> dict[str, object]:
    """Return machine, threads, load before the run, versions and the command."""
    return {
        "command": " ".join(["python", *sys.argv]),
        "machine": platform.machine(),
        "processor": _name_processor(),
        "cores": len(os.sched_getaffinity(0)),
        "threads_of_torch": torch.get_num_threads(),
        "load_average_1_min_before": round(os.getloadavg()[0], 2),
        "cuda_device": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        "versions": {name: found for name in LIBRARIES if (found := _find_version(name))},
    }


def _name_processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _find_version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
