"""The point from which an interrupted run goes on."""

import time
from pathlib import Path
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer


class RestartPoint(Callback):
    """Keep the full state between two epochs.

    It must be the first callback that acts when an epoch starts. At the end of an epoch it
    would be too early: Lightning lets a plateau scheduler see the epoch only after all
    callbacks, and a run that went on from there would have missed one epoch of patience.
    Generators need no place in it: everything random is drawn from (seed, epoch, step).

    Args:
        folder: Of the run's checkpoints.
        every_n_epochs: Epochs between two points at least; 0 keeps none.
        every_n_seconds: Seconds between two points at least.
    """

    def __init__(self, folder: Path, *, every_n_epochs: int, every_n_seconds: float) -> None:
        self.path = folder / "last.ckpt"
        self.every_n_epochs = every_n_epochs
        self.every_n_seconds = every_n_seconds
        self.written = time.monotonic()
        self.loops: dict[str, Any] | None = None

    def find(self) -> Path | None:
        """Return the point of an interrupted run, or None."""
        return self.path if self.path.exists() else None

    def remove(self) -> None:
        """Forget the point."""
        self.path.unlink(missing_ok=True)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Count the loops' progress if a point is due before the next epoch."""
        del pl_module
        self.loops = _count_loops(trainer) if self._is_due(trainer) else None

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the point that is due; every process of a run takes part."""
        del pl_module
        if self.loops is not None:
            trainer.save_checkpoint(self.path)
            self.loops = None
            self.written = time.monotonic()

    def on_save_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Put the counts of the epoch's end in place of those of the next one's start."""
        del trainer, pl_module
        if self.loops is not None:
            checkpoint["loops"]["fit_loop"] = self.loops

    def _is_due(self, trainer: Trainer) -> bool:
        if not self.every_n_epochs or (trainer.current_epoch + 1) % self.every_n_epochs:
            return False
        is_late = time.monotonic() - self.written >= self.every_n_seconds
        # The clocks of several processes differ; the first one's counts.
        return bool(trainer.strategy.broadcast(is_late))


def _count_loops(trainer: Trainer) -> dict[str, Any]:
    """Return the loops' progress with the epoch that ends as completed.

    Lightning goes on cleanly from the counts of an epoch's end, not from those of the next
    one's start, but counts an epoch as completed only after all callbacks.
    """
    loops: dict[str, Any] = trainer.fit_loop.state_dict()
    for counts in loops["epoch_progress"].values():
        counts["completed"] = counts["processed"]
    return loops
