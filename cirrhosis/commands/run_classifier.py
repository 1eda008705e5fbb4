"""The classifier of one run, as the configuration names it."""

from collections.abc import Callable
from typing import Any

import torch
from hydra.utils import instantiate

from cirrhosis.commands.arithmetic import read_arithmetic
from cirrhosis.commands.class_weight import weigh_positives
from cirrhosis.commands.epochs import count_epochs
from cirrhosis.data.datamodule import SliceDataModule
from cirrhosis.models.classifier import SliceClassifier


def build_classifier(config: dict[str, Any], data: SliceDataModule) -> SliceClassifier:
    """Return the classifier with fresh weights drawn from the seed.

    Args:
        config: Plain configuration of a run.
        data: Of the run; it tells the channels, the classes of the training side, and
            whether a stopping side exists that a scheduler can watch.

    Raises:
        ContractError: If a setting is unknown or excludes another one.
    """
    arithmetic = read_arithmetic(config["trainer"])
    pos_weight = weigh_positives(config, data)
    stops = bool(data.sides.stopping)
    torch.manual_seed(config["seed"])
    classifier = SliceClassifier(
        instantiate(config["model"])(data.n_channels, n_slices=data.n_slices),
        instantiate(config["optimizer"]),
        _build_scheduler(config["scheduler"], count_epochs(config, stops=stops)),
        monitor="val/loss" if stops else "train/loss",
        pos_weight=pos_weight,
        seed=config["seed"],
        channels_last=arithmetic.channels_last,
    )
    if arithmetic.compile:
        # In place: the weights keep their names.
        classifier.network.compile()
    return classifier


def _build_scheduler(settings: dict[str, Any], n_epochs: int) -> Callable[..., Any] | None:
    if not settings["_target_"]:
        return None
    # Who asks for the epochs of the run gets them.
    known = {"n_epochs": n_epochs} if "n_epochs" in settings else {}
    scheduler: Callable[..., Any] = instantiate(settings | known)
    return scheduler
