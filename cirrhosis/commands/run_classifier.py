"""The classifier of one run, as the configuration names it."""

from typing import Any

import torch
from hydra.utils import instantiate

from cirrhosis.models.classifier import SliceClassifier


def build_classifier(config: dict[str, Any], *, n_channels: int, stops: bool) -> SliceClassifier:
    """Return the classifier with fresh weights drawn from the seed.

    Args:
        config: Plain configuration of a run.
        n_channels: Channels of a batch.
        stops: Whether a stopping side exists that the scheduler can watch.
    """
    torch.manual_seed(config["seed"])
    scheduler = config["scheduler"]
    return SliceClassifier(
        instantiate(config["model"])(n_channels),
        instantiate(config["optimizer"]),
        instantiate(scheduler) if scheduler["_target_"] else None,
        monitor="val/loss" if stops else "train/loss",
        pos_weight=config["trainer"]["pos_weight"],
        seed=config["seed"],
    )
