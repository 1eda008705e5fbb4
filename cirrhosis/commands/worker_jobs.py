"""The jobs of a worker: one after the other, each composed and run as Hydra does it.

Modules, the tensors of the store and what torch has warmed up stay from one to the next.
"""

import gc
import pickle
import sys
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from hydra import version
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobRuntime, JobStatus, run_job, setup_globals
from hydra.errors import HydraException
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, open_dict
from omegaconf.errors import OmegaConfBaseException

from cirrhosis.commands.failed_job import ENDED, describe_composition, record_failure
from cirrhosis.contracts.errors import describe


class JobFailedError(RuntimeError):
    """What ended a job in another process, as text."""


@dataclass(frozen=True)
class SweepContext:
    """What all jobs of a sweep share.

    Attributes:
        hydra_context: Composes configurations and calls callbacks.
        task_function: Runs a job.
        config: Of the sweep.
        name: Hydra's name of the program.
    """

    hydra_context: HydraContext
    task_function: TaskFunction
    config: DictConfig
    name: str


def work(connection: Connection) -> None:
    """Do the jobs that come through `connection`, until it ends."""
    opening = connection.recv_bytes()
    # Loads the modules of all plugins anew: what was unpickled before would be of other classes,
    # which cannot be sent back.
    Plugins.instance()
    context: SweepContext = pickle.loads(opening)
    prepare_hydra(context)
    while True:
        try:
            number, overrides = connection.recv()
        except EOFError:
            return
        result = run_portably(context, number, overrides)
        connection.send((result, not _has_lost_device()))
        # Lightning's runs are rings of references, which hold memory until they are found.
        gc.collect()
        # What is left are modules, above all: half a million objects that need no second look.
        gc.freeze()


def prepare_hydra(context: SweepContext) -> None:
    """Make this process one of Hydra's, as `hydra.main` does it in the first."""
    version.setbase(context.config.hydra.runtime.version_base)
    Plugins.instance()
    setup_globals()
    JobRuntime.instance().set("name", context.name)


def run_portably(context: SweepContext, number: int, overrides: list[str]) -> JobReturn:
    """Compose and run a job; record a failure, and return what any process can read."""
    result = _run(context, number, overrides)
    if result.status == JobStatus.FAILED:
        error = result._return_value
        folder = Path(context.config.hydra.sweep.dir) / str(number)
        text = "".join(traceback.format_exception(error))
        record_failure(folder, overrides, reason=_name(error), text=text)
        (folder / ENDED).touch()
        # Errors of libraries may hold what cannot be sent.
        result.return_value = JobFailedError(_name(error))
    return result


def _run(context: SweepContext, number: int, overrides: list[str]) -> JobReturn:
    try:
        config = _compose(context, number, overrides)
    except (HydraException, OmegaConfBaseException) as error:
        return JobReturn(overrides, status=JobStatus.FAILED, _return_value=error)
    return run_job(
        hydra_context=context.hydra_context,
        task_function=context.task_function,
        config=config,
        job_dir_key="hydra.sweep.dir",
        job_subdir_key="hydra.sweep.subdir",
    )


def _compose(context: SweepContext, number: int, overrides: list[str]) -> DictConfig:
    loader = context.hydra_context.config_loader
    config = loader.load_sweep_config(context.config, overrides)
    with open_dict(config):
        config.hydra.job.id = f"{config.hydra.job.name}_{number}"
        config.hydra.job.num = number
    return config


def _name(error: BaseException) -> str:
    if isinstance(error, HydraException | OmegaConfBaseException):
        return describe_composition(error)
    return describe(error)


def _has_lost_device() -> bool:
    # After some errors every call of CUDA fails, whatever job makes it.
    torch: Any = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return False
    try:
        torch.cuda.synchronize()
    except RuntimeError:
        return True
    torch.cuda.empty_cache()
    return False
