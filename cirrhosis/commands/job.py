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
from omegaconf import DictConfig

from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.failed_job import record_failure
from cirrhosis.commands.sweep_mode import is_listed_sweep, is_search

log = logging.getLogger("cirrhosis")
# `import` is a word of Python and names no module.
MODULES = {"import": "import_cohort"}


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
        return command.run(config)
    except ContractError as error:
        _end(error)
    except Exception as error:
        if not is_listed_sweep():
            raise
        _end(error)
    return None


def _end(error: Exception) -> None:
    from cirrhosis.contracts.errors import describe

    if is_search():
        # Optuna and its like need the exception, or they would take None for a result.
        raise error
    reason = describe(error)
    if not is_listed_sweep():
        if os.environ.get("HYDRA_FULL_ERROR"):
            traceback.print_exception(error)
        sys.exit(f"error: {reason}")
    config = HydraConfig.get()
    log.error("job %s failed: %s", config.job.num, reason)
    text = "".join(traceback.format_exception(error))
    folder = Path(config.runtime.output_dir)
    record_failure(folder, config.overrides.task, reason=reason, text=text)
    _mark_unbegun(Path(config.sweep.dir), config.job.num, reason=reason, text=text)


def _mark_unbegun(sweep_dir: Path, number: int, *, reason: str, text: str) -> None:
    """Write into the folder of a run that failed before it was begun why it did."""
    from cirrhosis.contracts.run import RunFolder, read_status
    from cirrhosis.runs.ending import mark_failed
    from cirrhosis.runs.jobs import find_job

    job = find_job(sweep_dir, number)
    if job is None or job.folder is None:
        return
    run = RunFolder(job.folder)
    status = read_status(run.status)
    if status is None or not status.is_begun:
        mark_failed(run, reason)
        run.log.write_text(text)
