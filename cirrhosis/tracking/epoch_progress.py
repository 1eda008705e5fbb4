"""Says how training goes: a bar at a terminal, a line now and then in a log file."""

from pytorch_lightning import Callback, LightningModule, Trainer

from cirrhosis.contracts.progress import Progress


class EpochProgress(Callback):
    """Show epochs done, their rate and what is left at most.

    Args:
        progress: Shows the items that pass through it.
        label: What is trained.
    """

    def __init__(self, progress: Progress, label: str) -> None:
        self.progress = progress
        self.label = label

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Open the bar."""
        del pl_module
        last = trainer.max_epochs or 0
        epochs = range(trainer.current_epoch, last)
        self.epochs = iter(self.progress(epochs, total=len(epochs), label=self.label))
        next(self.epochs, None)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Count one epoch."""
        del trainer, pl_module
        next(self.epochs, None)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Close the bar, also when training stopped early."""
        del trainer, pl_module
        close = getattr(self.epochs, "close", None)
        if close is not None:
            close()
