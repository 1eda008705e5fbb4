"""The point from which an interrupted run goes on."""

from pathlib import Path

from pytorch_lightning import Callback, LightningModule, Trainer


class RestartPoint(Callback):
    """Keep the full state every few epochs; it is removed when the run has finished.

    Args:
        folder: Of the run's checkpoints.
        every_n_epochs: Epochs between two points; 0 keeps none.
    """

    def __init__(self, folder: Path, every_n_epochs: int) -> None:
        self.path = folder / "last.ckpt"
        self.every_n_epochs = every_n_epochs

    def find(self) -> Path | None:
        """Return the point of an interrupted run, or None."""
        return self.path if self.path.exists() else None

    def remove(self) -> None:
        """Forget the point."""
        self.path.unlink(missing_ok=True)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the point when its epoch has come."""
        del pl_module
        if self.every_n_epochs and (trainer.current_epoch + 1) % self.every_n_epochs == 0:
            trainer.save_checkpoint(self.path)
