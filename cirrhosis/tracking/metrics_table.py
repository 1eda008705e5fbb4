"""Writes one row per epoch to metrics.csv, also across an interruption."""

from pathlib import Path
from typing import Any

import pandas as pd
from pytorch_lightning import Callback, LightningModule, Trainer

from cirrhosis.contracts.files import write_table


class MetricsTable(Callback):
    """Keep what is logged per epoch and write it whole after each one.

    Lightning's CSVLogger deletes its history when a run is resumed; here the rows are part
    of the checkpoint. Times are left out, so that equal runs write equal bytes.

    Args:
        path: The table, `metrics.csv` of the run.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[dict[str, float]] = []
        self.n_added = 0

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the row of the epoch that ended."""
        del pl_module
        row: dict[str, float] = {"epoch": trainer.current_epoch}
        for name, value in sorted(trainer.callback_metrics.items()):
            row[name] = float(value)
        row["learning_rate"] = float(trainer.optimizers[0].param_groups[0]["lr"])
        self.rows = [*self.rows[: trainer.current_epoch], row]
        self.n_added += 1
        if trainer.is_global_zero:
            write_table(pd.DataFrame(self.rows), self.path)

    def state_dict(self) -> dict[str, Any]:
        """Return the rows so far."""
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on after the rows of a checkpoint."""
        self.rows = list(state_dict["rows"])
