"""The jobs of a sweep on a Ray cluster, as the launcher `ray` runs them."""

import logging
import os
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn

from cirrhosis.commands.interruption import interruptible
from cirrhosis.commands.lost_job import Loss, record_loss
from cirrhosis.commands.ray_cluster import describe_resources, ray, read_environment
from cirrhosis.commands.sweep_launcher import open_sweep
from cirrhosis.commands.worker_jobs import SweepContext, prepare_hydra, run_portably

log = logging.getLogger("cirrhosis")


@dataclass(frozen=True)
class JobNeeds:
    """What each job asks of the cluster.

    Attributes:
        cpus: Cores.
        gpus: GPUs, or `auto`.
        max_retries: Starts after its worker or node died.
    """

    cpus: float
    gpus: float | str
    max_retries: int


@dataclass(frozen=True)
class Errand:
    """What every job of the sweep is sent.

    Attributes:
        context: A pickled `SweepContext`.
        environment: Variables that the processes of a running cluster would not have.
        folder: Where the sweep was started; paths may be relative to it.
    """

    context: bytes
    environment: dict[str, str]
    folder: Path


def run_on_ray(
    context: SweepContext, needs: JobNeeds, jobs: Mapping[int, list[str]]
) -> list[JobReturn]:
    """Run the jobs and return what they did, in their order.

    Args:
        context: What the jobs share.
        needs: Of each job.
        jobs: Overrides of each, by number.
    """
    folder = open_sweep(context.config)
    resources: dict[str, float] = ray.cluster_resources()
    n_gpus = min(1.0, resources.get("GPU", 0)) if needs.gpus == "auto" else float(needs.gpus)
    log.info("%d jobs on Ray: %s", len(jobs), describe_resources(resources))
    task = ray.remote(num_cpus=needs.cpus, num_gpus=n_gpus, max_retries=needs.max_retries)(run_one)
    shared = ray.put(Errand(pickle.dumps(context), read_environment(), Path.cwd()))
    waiting = {task.remote(shared, number, words): number for number, words in jobs.items()}
    results = {}
    with interruptible():
        while waiting:
            for done in ray.wait(list(waiting))[0]:
                number = waiting.pop(done)
                results[number] = _read(done, number, jobs[number], folder)
    return [results[number] for number in jobs]


def run_one(errand: Errand, number: int, overrides: list[str]) -> JobReturn:
    """Run a job in a process of Ray; return what the process of the sweep can read."""
    os.environ.update(errand.environment)
    os.chdir(errand.folder)
    # Loads the modules of all plugins anew: what was unpickled before would be of other classes,
    # which cannot be sent back.
    Plugins.instance()
    context: SweepContext = pickle.loads(errand.context)
    prepare_hydra(context)
    return run_portably(context, number, overrides)


def _read(done: Any, number: int, overrides: list[str], folder: Path) -> JobReturn:
    try:
        result: JobReturn = ray.get(done)
    except ray.exceptions.RayError as error:
        reason = f"Ray lost the job: {type(error).__name__}"
        return record_loss(Loss(reason, str(error)), number, overrides, folder)
    return result
