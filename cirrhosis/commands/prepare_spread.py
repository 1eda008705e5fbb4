"""Where the patients of `prepare` are worked on: `distribution=local|ray|slurm`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cirrhosis.commands.configuration import build_settings
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.spread import Spread
from cirrhosis.imaging.workers import spread

KINDS = ("local", "ray", "slurm")


def choose_spread(values: Mapping[str, Any], store: Path) -> Spread:
    """Return what calls the work on each patient.

    Args:
        values: The group `distribution`.
        store: Folder of the store, on a file system that all machines share.

    Raises:
        ContractError: If the kind or a setting of it is unknown.
    """
    settings = dict(values)
    kind = settings.pop("kind")
    if kind == "local":
        return spread
    # Neither Ray nor submitit is loaded unless it is asked for.
    if kind == "ray":
        from cirrhosis.commands.prepare_ray import RaySettings, RaySpread

        return RaySpread(build_settings(RaySettings, settings, "distribution"))
    if kind == "slurm":
        from cirrhosis.commands.prepare_slurm import SlurmSettings, SlurmSpread

        return SlurmSpread(build_settings(SlurmSettings, settings, "distribution"), store)
    raise ContractError(
        f"expected `distribution.kind` to be one of {', '.join(KINDS)}, but got '{kind}'"
    )
