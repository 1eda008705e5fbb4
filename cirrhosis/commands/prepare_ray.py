"""The patients of `prepare` as tasks of a Ray cluster."""

import logging
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from cirrhosis.commands.ray_cluster import connect, describe_resources, ray, read_environment
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.spread import Result, Task
from cirrhosis.imaging.workers import use_one_thread

log = logging.getLogger("cirrhosis")


@dataclass(frozen=True)
class RaySettings:
    """The group `distribution=ray`.

    Attributes:
        address: Of a running cluster, or `auto`; None starts one on this machine.
        cpus_per_patient: Cores that a patient occupies.
        max_retries: Starts of a patient whose worker or node died.
        init: What else `ray.init` takes.
    """

    address: str | None = None
    cpus_per_patient: float = 1.0
    max_retries: int = 1
    init: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Errand:
    """What every task is sent.

    Attributes:
        function: Pickled; called on a task.
        environment: Variables that the processes of a running cluster would not have.
        folder: Where the command was started; paths may be relative to it.
    """

    function: bytes
    environment: dict[str, str]
    folder: Path


@dataclass(frozen=True)
class RaySpread:
    """Call a function on each task somewhere in the cluster; fits `Spread`.

    At most twice as many tasks as fit the cluster are in flight.
    """

    settings: RaySettings

    def __call__(
        self, function: Callable[[Task], Result], tasks: Iterable[Task], *, n_workers: int
    ) -> Iterator[tuple[Task, Result | None]]:
        """Yield each task with its result as it ends; None if its worker died once too often.

        Args:
            function: Can be pickled and raises nothing.
            tasks: Can be pickled.
            n_workers: Of this machine; the cluster has its own number.

        Raises:
            ContractError: If a machine of the cluster cannot call the function at all.
        """
        settings = self.settings
        connect(settings.address, settings.init, where="distribution.address")
        resources: dict[str, float] = ray.cluster_resources()
        log.info("preparing on Ray: %s", describe_resources(resources))
        at_once = max(1, int(resources.get("CPU", 1) / settings.cpus_per_patient))
        call = ray.remote(num_cpus=settings.cpus_per_patient, max_retries=settings.max_retries)(
            run_one
        )
        shared = ray.put(Errand(pickle.dumps(function), read_environment(), Path.cwd()))
        coming = iter(tasks)
        running: dict[Any, Task] = {}
        while True:
            for task in islice(coming, 2 * at_once - len(running)):
                running[call.remote(shared, task)] = task
            if not running:
                return
            done = ray.wait(list(running))[0][0]
            yield running.pop(done), _read(done)


def run_one(errand: Errand, task: Any) -> Any:
    """Do one task in a process of Ray."""
    os.environ.update(errand.environment)
    os.chdir(errand.folder)
    use_one_thread()
    return pickle.loads(errand.function)(task)


def _read(done: Any) -> Any:
    try:
        return ray.get(done)
    except ray.exceptions.RayTaskError as error:
        # The function raises nothing: the machine lacks the folder, or has another release.
        raise ContractError(
            "expected every machine of the Ray cluster to have this folder and release, but one"
            f" could not begin with a patient: {str(error).strip().splitlines()[-1]}"
        ) from error
    except ray.exceptions.RayError as error:
        log.warning("Ray lost a patient: %s", type(error).__name__)
        return None
