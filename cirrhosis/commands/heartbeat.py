"""A sign of life after every epoch."""

import time
from collections.abc import Callable

from pytorch_lightning import Callback, LightningModule, Trainer

EVERY_SECONDS = 10.0


class Heartbeat(Callback):
    """Call `beat` after an epoch, at most every ten seconds.

    Args:
        beat: Writes the sign of life.
    """

    def __init__(self, beat: Callable[[], None]) -> None:
        self.beat = beat
        self.last = time.monotonic()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Beat if it is time."""
        del trainer, pl_module
        if time.monotonic() - self.last >= EVERY_SECONDS:
            self.last = time.monotonic()
            self.beat()
