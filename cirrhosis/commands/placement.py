"""Where this process stands among those that train one run together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cirrhosis.contracts.errors import ContractError


@dataclass(frozen=True)
class Placement:
    """One of several processes, each with a device of its own.

    Attributes:
        rank: From 0; the first writes what the run leaves.
        n_ranks: On all machines.
        n_local: On this machine.
    """

    rank: int
    n_ranks: int
    n_local: int

    @property
    def is_first(self) -> bool:
        """Whether this process writes."""
        return self.rank == 0


ALONE = Placement(rank=0, n_ranks=1, n_local=1)


def find_placement(environment: Mapping[str, str]) -> Placement:
    """Return the place that torchrun, srun or our own launch gave this process.

    `ALONE` if nobody started several: a batch script of Slurm without srun is one process.
    """
    if "RANK" in environment and "WORLD_SIZE" in environment:
        n_ranks = int(environment["WORLD_SIZE"])
        n_local = int(environment.get("LOCAL_WORLD_SIZE", n_ranks))
        return Placement(int(environment["RANK"]), n_ranks, n_local)
    if "SLURM_STEP_NUM_TASKS" in environment and "SLURM_PROCID" in environment:
        n_ranks = int(environment["SLURM_STEP_NUM_TASKS"])
        n_local = n_ranks // int(environment.get("SLURM_STEP_NUM_NODES", "1"))
        return Placement(int(environment["SLURM_PROCID"]), n_ranks, n_local)
    return ALONE


def place_trainer(trainer: Mapping[str, Any], place: Placement) -> dict[str, Any]:
    """Return the settings of `trainer` as Lightning needs them at this place."""
    if place.n_ranks == 1:
        # A group of one process would only cost; its result is the same.
        return {**trainer, "strategy": "auto", "sync_batchnorm": False, "num_nodes": 1}
    devices = trainer["devices"] if isinstance(trainer["devices"], list) else place.n_local
    return {**trainer, "devices": devices, "num_nodes": place.n_ranks // place.n_local}


def check_external(trainer: Mapping[str, Any], place: Placement) -> None:
    """Refuse several processes that would all train the same run alone.

    Raises:
        ContractError: If the strategy is not for several processes.
    """
    if place.n_ranks > 1 and trainer["strategy"] != "ddp":
        raise ContractError(
            f"expected one process for trainer.strategy={trainer['strategy']}, but"
            f" {place.n_ranks} were started together; use trainer=ddp, or start one"
        )
