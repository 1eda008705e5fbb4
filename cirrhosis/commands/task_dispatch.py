"""Which command trains the task that `task.name` names."""

import importlib
from typing import Any

from cirrhosis.commands.devices import count_ranks
from cirrhosis.commands.placement import Placement
from cirrhosis.commands.sweep_mode import is_search
from cirrhosis.contracts.errors import ContractError

CLASSIFICATION = "classification"
# Imported only when asked for: each brings its own libraries.
OTHERS = {
    "segmentation": "cirrhosis.commands.train_segmenter",
    "registration": "cirrhosis.commands.train_registrar",
}


def train_task(values: dict[str, Any], place: Placement) -> float | None:
    """Train a task other than classification, which learns from the cohort's volumes.

    Raises:
        ContractError: If there is no such task, several processes would train it together,
            or a search asks: nothing but held-out volumes could choose its settings.
    """
    name = values["task"]["name"]
    if name not in OTHERS:
        raise ContractError(
            f"expected task.name to be one of {CLASSIFICATION}, {', '.join(OTHERS)}, but got"
            f" '{name}'"
        )
    if max(place.n_ranks, count_ranks(values["trainer"])) > 1:
        raise ContractError(
            f"expected one process for task={name}, but several were asked for; use"
            " trainer=default, with -m one process trains one fold"
        )
    if is_search():
        raise ContractError(
            f"expected a sweep or a single run for task={name}, but a search asks: its settings"
            " would be chosen on held-out volumes; list the values in a sweep instead"
        )
    best: float | None = importlib.import_module(OTHERS[name]).run_task(values)
    return best
