"""Whether this process runs a job of a sweep, and of which kind."""

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.conf import HydraConf
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from hydra.utils import get_class


def is_listed_sweep() -> bool:
    """Return whether this is a job of a sweep whose jobs are known before it starts."""
    return is_multirun() and lists_jobs(HydraConfig.get())


def is_search() -> bool:
    """Return whether this is a job of an optimiser, which chooses jobs by what others return."""
    return is_multirun() and not lists_jobs(HydraConfig.get())


def lists_jobs(hydra: HydraConf) -> bool:
    """Return whether the sweeper of this part `hydra` knows all its jobs when it starts."""
    # By name: Hydra runs a plugin's module again when it looks for plugins, so that there may be
    # two classes `BasicSweeper` in a process that a launcher started.
    kinds = get_class(str(hydra.sweeper["_target_"])).__mro__
    return any(kind.__name__ == BasicSweeper.__name__ for kind in kinds)


def is_multirun() -> bool:
    """Return whether this is a job of a sweep or a search."""
    return HydraConfig.initialized() and HydraConfig.get().mode == RunMode.MULTIRUN
