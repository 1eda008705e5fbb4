"""Keeps the weights of the best epoch in memory."""

from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor


class BestWeights(Callback):
    """Copy the weights whenever the watched value improves; the first of equals stays.

    The copy lies in memory and in the restart point: nothing is written when an epoch is
    better than the last. It must stand before a callback that averages weights, which
    validates the average and takes it out again at the end of validation.

    Args:
        monitor: Logged value.
        mode: `max` or `min`: what is better.
    """

    def __init__(self, monitor: str, mode: str) -> None:
        self.monitor = monitor
        self.sign = 1.0 if mode == "max" else -1.0
        self.score: float | None = None
        self.epoch: int | None = None
        self.weights: dict[str, Tensor] = {}

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Compare the epoch with the best so far."""
        value = float(trainer.callback_metrics[self.monitor])
        if self.score is None or self.sign * value > self.sign * self.score:
            self.score, self.epoch = value, trainer.current_epoch
            self.weights = copy_weights(pl_module)

    def state_dict(self) -> dict[str, Any]:
        """Return what is needed to go on."""
        return {"score": self.score, "epoch": self.epoch, "weights": self.weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on after the best epoch of a checkpoint."""
        self.score, self.epoch = state_dict["score"], state_dict["epoch"]
        self.weights = state_dict["weights"]


def copy_weights(module: torch.nn.Module) -> dict[str, Tensor]:
    """Return the module's state in the host's memory, independent of the module."""
    state = module.state_dict()
    return {name: value.detach().to("cpu", copy=True) for name, value in state.items()}
