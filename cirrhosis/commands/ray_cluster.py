"""A Ray cluster: joining a running one, or starting one on this machine."""

import os
import sys
from collections.abc import Mapping
from typing import Any

try:
    # Nobody is told that a sweep runs, and no page is served beside it.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    import ray as ray  # exported: nobody imports it without this guard
except ModuleNotFoundError:
    sys.exit("error: Ray is asked for, but the package is absent: pip install 'cirrhosis[ray]'")

# Of a cluster on this machine, in bytes: jobs exchange words, Ray would take a third of the memory.
OBJECT_STORE = 100_000_000
# Variables that say where data are and how runs are tracked.
OURS = ("CIRRHOSIS_", "WANDB_")


def connect(address: str | None, settings: Mapping[str, Any], *, where: str) -> None:
    """Join the cluster at `address`, or start one on this machine if it is None.

    Args:
        address: `auto` or `HOST:PORT` of a running cluster.
        settings: What else `ray.init` takes.
        where: Setting that holds the address, for an error.
    """
    if ray.is_initialized():
        return
    own = {"object_store_memory": OBJECT_STORE, "include_dashboard": False}
    try:
        ray.init(**{"address": address or "local", **({} if address else own), **settings})
    except ConnectionError as error:
        sys.exit(
            f"error: expected a Ray cluster at {where}={address}, but: {error};"
            " start one with `ray start --head`, or leave the address out"
        )


def read_environment() -> dict[str, str]:
    """Return the variables that the processes of a running cluster would not have."""
    return {name: value for name, value in os.environ.items() if name.startswith(OURS)}


def describe_resources(resources: Mapping[str, float]) -> str:
    """Return what a cluster has, in words."""
    names = {"CPU": "cores", "GPU": "GPUs"}
    return ", ".join(f"{resources[name]:.0f} {names[name]}" for name in names if name in resources)
