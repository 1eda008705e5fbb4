"""The jobs of a sweep in Slurm's queue, as the launcher `slurm` runs them."""

import logging
import shutil
import sys
from collections.abc import Callable, Mapping
from typing import Any

from hydra.core.singleton import Singleton
from hydra.core.utils import JobReturn
from hydra_plugins.hydra_submitit_launcher.config import BaseQueueConf
from omegaconf import DictConfig
from submitit import AutoExecutor, Job

from cirrhosis.commands.interruption import interruptible
from cirrhosis.commands.lost_job import Loss, record_loss
from cirrhosis.commands.slurm_queue import await_jobs
from cirrhosis.commands.sweep_launcher import open_sweep

log = logging.getLogger("cirrhosis")

N_LINES = 50  # of a lost job's output, for its traceback


def run_in_queue(
    launcher: Callable[..., JobReturn],
    settings: Mapping[str, Any],
    jobs: Mapping[int, list[str]],
    *,
    config: DictConfig,
) -> list[JobReturn]:
    """Submit the jobs, wait for them and return what they did, in their order.

    Args:
        launcher: Runs one job on its node.
        settings: Of the launcher.
        jobs: Overrides of each, by number.
        config: Of the sweep.
    """
    if shutil.which("sbatch") is None:
        sys.exit(
            "error: expected Slurm's commands on this machine (hydra/launcher=slurm), but there is"
            " no sbatch; start the sweep on a login node, or use hydra/launcher=workers"
        )
    folder = open_sweep(config)
    submitted = _submit(launcher, settings, jobs)
    ids = sorted({job.job_id.split("_")[0] for job in submitted.values()})
    log.info("%d jobs in Slurm's queue; scancel %s ends them", len(jobs), " ".join(ids))
    results = {}
    with interruptible():
        for number, state in await_jobs(submitted):
            job = submitted[number]
            if state:
                results[number] = record_loss(_describe(job, state), number, jobs[number], folder)
            else:
                results[number] = job.result()
    return [results[number] for number in jobs]


def _submit(
    launcher: Callable[..., JobReturn], settings: Mapping[str, Any], jobs: Mapping[int, list[str]]
) -> dict[int, Job[JobReturn]]:
    given = {name: value for name, value in settings.items() if value is not None}
    executor = AutoExecutor(
        folder=given.pop("submitit_folder"),
        cluster="slurm",
        slurm_max_num_timeout=given.pop("max_num_timeout"),
    )
    shared = BaseQueueConf.__dataclass_fields__
    executor.update_parameters(
        **{name if name in shared else f"slurm_{name}": value for name, value in given.items()}
    )
    n_jobs = len(jobs)
    submitted = executor.map_array(
        launcher,
        list(jobs.values()),
        ["hydra.sweep.dir"] * n_jobs,
        list(jobs),
        [f"job_id_for_{number}" for number in jobs],
        [Singleton.get_state()] * n_jobs,
    )
    return dict(zip(jobs, submitted, strict=True))


def _describe(job: Job[JobReturn], state: str) -> Loss:
    path = job.paths.stderr
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    reason = f"Slurm's job {job.job_id} ended without a result: {state}; what it printed: {path}"
    return Loss(reason, "\n".join(lines[-N_LINES:]))
