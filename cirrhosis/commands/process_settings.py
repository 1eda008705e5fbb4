"""What a process that trains sets for itself."""

import logging
import warnings
from collections.abc import Mapping
from typing import Any

import torch


def set_process(values: Mapping[str, Any]) -> None:
    """Set the threads of torch, and quiet what would stand between the lines of a sweep."""
    if values["threads"]:
        torch.set_num_threads(values["threads"])
    quiet_lightning()


def quiet_lightning() -> None:
    """Keep what Lightning says about itself off the terminal."""
    for name in ("pytorch_lightning", "lightning.pytorch", "lightning_fabric", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.WARNING)
    for text in (".*does not have many workers.*", ".*isinstance.treespec, LeafSpec.*"):
        warnings.filterwarnings("ignore", text)
