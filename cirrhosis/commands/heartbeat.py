"""A sign of life while batches go through."""

import time
from collections.abc import Callable
from typing import Any

from pytorch_lightning import Callback

EVERY_SECONDS = 10.0


class Heartbeat(Callback):
    """Call `beat` after a batch, at most every ten seconds.

    After a batch and not from a thread beside it: a training that hangs gives no sign.

    Args:
        beat: Writes the sign of life.
    """

    def __init__(self, beat: Callable[[], None]) -> None:
        self.beat = beat
        self.last = time.monotonic()

    def on_train_batch_end(self, *arguments: Any) -> None:
        """Beat if it is time."""
        del arguments
        self._beat()

    def on_validation_batch_end(self, *arguments: Any) -> None:
        """Beat if it is time."""
        del arguments
        self._beat()

    def on_predict_batch_end(self, *arguments: Any) -> None:
        """Beat if it is time."""
        del arguments
        self._beat()

    def _beat(self) -> None:
        if time.monotonic() - self.last >= EVERY_SECONDS:
            self.last = time.monotonic()
            self.beat()
