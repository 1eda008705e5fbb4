"""Lightning's logger on a W&B run."""

from pathlib import Path

from pytorch_lightning.loggers import WandbLogger

from cirrhosis.tracking.run_label import RunLabel
from cirrhosis.tracking.wandb_run import open_run


def open_wandb(label: RunLabel, *, mode: str, folder: Path) -> WandbLogger:
    """Return a logger on a run of its own, which keeps the best values beside the last.

    Raises:
        ContractError: As `open_run` does.
    """
    run = open_run(label, mode=mode, folder=folder)
    run.define_metric("epoch")
    run.define_metric("train/*", step_metric="epoch")
    run.define_metric("val/auroc", step_metric="epoch", summary="max")
    run.define_metric("val/loss", step_metric="epoch", summary="min")
    return WandbLogger(experiment=run, log_model=False)
