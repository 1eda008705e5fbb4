"""Where the numbers of a benchmark hold."""

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import torch

ROOT = Path(__file__).parents[2]
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
        "command": " ".join(["python", *map(_shorten, sys.argv)]),
        "machine": platform.machine(),
        "processor": _name_processor(),
        "cores": len(os.sched_getaffinity(0)),
        "threads_of_torch": torch.get_num_threads(),
        "load_average_1_min_before": round(os.getloadavg()[0], 2),
        "cuda_device": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "python": platform.python_version(),
        "versions": {name: found for name in LIBRARIES if (found := _find_version(name))},
    }


def _shorten(word: str) -> str:
    """Return a path as seen from the repository, and of one elsewhere its name alone."""
    path = Path(word)
    if not path.is_absolute():
        return word
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else path.name


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
