"""Writes one row per epoch to metrics.csv, also across an interruption."""

import time
from pathlib import Path
from typing import Any

import pandas as pd
from pytorch_lightning import Callback, LightningModule, Trainer

from cirrhosis.contracts.files import write_table

EVERY_SECONDS = 2.0


class MetricsTable(Callback):
    """Keep what is logged per epoch; write it whole now and then and at the end.

    Lightning's CSVLogger deletes its history when a run is resumed; here the rows are part
    of the checkpoint. Times are left out, so that equal runs write equal bytes.

    Args:
        path: The table, `metrics.csv` of the run.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[dict[str, float]] = []
        self.n_added = 0
        self.rate = float("nan")
        self.written = float("-inf")

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Remove what an attempt left that is not gone on with."""
        del pl_module
        if trainer.is_global_zero and not self.rows:
            self.path.unlink(missing_ok=True)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the epoch's learning rate: at its end some schedulers have moved it."""
        del pl_module
        self.rate = float(trainer.optimizers[0].param_groups[0]["lr"])

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the row of the epoch that ended."""
        del pl_module
        row: dict[str, float] = {"epoch": trainer.current_epoch}
        for name, value in sorted(trainer.callback_metrics.items()):
            row[name] = float(value)
        row["learning_rate"] = self.rate
        self.rows = [*self.rows[: trainer.current_epoch], row]
        self.n_added += 1
        if time.monotonic() - self.written >= EVERY_SECONDS:
            self._write(trainer)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write all rows."""
        del pl_module
        self._write(trainer)

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        """Write what there is, for whoever looks why it ended."""
        del pl_module, exception
        if self.rows:
            self._write(trainer)

    def state_dict(self) -> dict[str, Any]:
        """Return the rows so far."""
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on after the rows of a checkpoint."""
        self.rows = list(state_dict["rows"])

    def _write(self, trainer: Trainer) -> None:
        if trainer.is_global_zero:
            write_table(pd.DataFrame(self.rows), self.path)
            self.written = time.monotonic()
