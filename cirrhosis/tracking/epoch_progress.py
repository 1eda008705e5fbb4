"""Says how training goes: a bar at a terminal, a line now and then in a log file."""

import logging
import time
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer

from cirrhosis.contracts.progress import Progress

log = logging.getLogger("cirrhosis")


class EpochProgress(Callback):
    """Show epochs done, their rate and what is left at most; at the end the rate of samples.

    Args:
        progress: Shows the items that pass through it.
        label: What is trained.
    """

    def __init__(self, progress: Progress, label: str) -> None:
        self.progress = progress
        self.label = label
        self.n_samples = 0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Open the bar."""
        del pl_module
        last = trainer.max_epochs or 0
        epochs = range(trainer.current_epoch, last)
        self.started = time.monotonic()
        self.epochs = iter(self.progress(epochs, total=len(epochs), label=f"{self.label} epochs"))
        next(self.epochs, None)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Count the samples of one batch over all processes."""
        del pl_module, outputs, batch_idx
        self.n_samples += len(batch["image"]) * trainer.world_size

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Count one epoch."""
        del trainer, pl_module
        next(self.epochs, None)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Close the bar, also when training stopped early."""
        del pl_module
        close = getattr(self.epochs, "close", None)
        if close is not None:
            close()
        seconds = time.monotonic() - self.started
        if trainer.is_global_zero:
            rate = self.n_samples / seconds
            log.info(
                "%s: %.1f s of training, %.1f samples per second, validation included",
                *(self.label, seconds, rate),
            )
