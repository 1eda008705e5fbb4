"""Runs one command under Hydra: `job` is what a launcher sends to its processes."""

import importlib
import logging
import os
import sys
import traceback
from pathlib import Path
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.failed_job import record_failure

log = logging.getLogger("cirrhosis")
# `import` is a word of Python and names no module.
MODULES = {"import": "import_table"}


def launch(command: str) -> None:
    """Read `conf/<command>.yaml` and the command line, and run the job or jobs."""
    hydra.main(version_base="1.3", config_path=CONF, config_name=command)(job)()


def job(config: DictConfig) -> Any:
    """Run the command whose primary configuration Hydra composed.

    A single job ends with the error's text and exit code 1. In a sweep a failed job is
    recorded in its folder and the others go on; the end of the sweep reports it.
    """
    # Imported only here: `--help` composes the configuration and needs no command.
    name = str(HydraConfig.get().job.config_name)
    command = importlib.import_module(f"cirrhosis.commands.{MODULES.get(name, name)}")
    from cirrhosis.contracts.errors import ContractError

    try:
        result = command.run(config)
    except ContractError as error:
        _end(str(error), error)
        result = None
    except Exception as error:
        if not _is_sweep():
            raise
        _end(f"{type(error).__name__}: {error}", error)
        result = None
    return result


def _is_sweep() -> bool:
    config = HydraConfig.get()
    # Optuna and its like need the exception, or they would take None for a result.
    is_grid = config.runtime.choices["hydra/sweeper"] in ("grid", "basic")
    return config.mode == RunMode.MULTIRUN and is_grid


def _end(reason: str, error: Exception) -> None:
    if not _is_sweep():
        if HydraConfig.get().mode == RunMode.MULTIRUN:
            raise error
        if os.environ.get("HYDRA_FULL_ERROR"):
            traceback.print_exception(error)
        sys.exit(f"error: {reason}")
    config = HydraConfig.get()
    log.error("job %s failed: %s", config.job.num, reason)
    record_failure(
        Path(config.runtime.output_dir),
        config.overrides.task,
        reason=reason,
        text="".join(traceback.format_exception(error)),
    )
