"""The weight of a positive patient in the loss."""

import logging
from typing import Any

from cirrhosis.contracts.errors import ContractError
from cirrhosis.data.datamodule import SliceDataModule

log = logging.getLogger("cirrhosis")


def weigh_positives(config: dict[str, Any], data: SliceDataModule) -> float:
    """Return the weight that `trainer.pos_weight` asks for.

    `auto` is negatives per positive among the patients of the training side; those who are
    stopped on, held out or tested are not looked at.

    Args:
        config: Plain configuration of a run.
        data: Of the run.

    Raises:
        ContractError: If the weight is no positive number, the training side has one class
            only, or balanced batches have evened the classes already.
    """
    asked = config["trainer"]["pos_weight"]
    weight = _count_ratio(data) if asked == "auto" else _read_number(asked)
    if asked != 1 and config["data"]["sampling"] == "balanced":
        raise ContractError(
            f"expected trainer.pos_weight=1 for data.sampling=balanced, but got {asked}: the"
            " rarer class would count twice; use one of the two"
        )
    return weight


def _count_ratio(data: SliceDataModule) -> float:
    targets = data.targets[data.slices.rows(data.sides.train)]
    n_positive = int(targets.sum())
    n_negative = len(targets) - n_positive
    if not n_positive or not n_negative:
        raise ContractError(
            "expected both classes on the training side for trainer.pos_weight=auto, but of"
            f" {len(targets)} patients {n_positive} are positive; give a number"
        )
    weight = n_negative / n_positive
    log.info(
        "trainer.pos_weight=auto: %.4g, %d negative and %d positive patients in training",
        weight,
        n_negative,
        n_positive,
    )
    return weight


def _read_number(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value < float("inf"):
        raise ContractError(
            f"expected trainer.pos_weight as a number above 0 or auto, but got '{value}'"
        )
    return float(value)
