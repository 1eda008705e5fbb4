"""W&B runs, opened without a prompt and closed with the right exit code."""

from pathlib import Path
from typing import Any

import wandb
from pytorch_lightning.loggers import WandbLogger

from cirrhosis.tracking.run_label import RunLabel


def open_run(label: RunLabel, *, mode: str, folder: Path) -> Any:
    """Return a W&B run of its own.

    Machine, console, code, repository and packages are not captured: a hospital's host
    names, paths and whatever a script prints stay where they are.

    Args:
        label: How it is called.
        mode: `offline` or `online`; nothing else differs between them.
        folder: Where W&B makes its folder `wandb`; processes may share it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = wandb.Settings(
        console="off",
        disable_git=True,
        save_code=False,
        silent=True,
        x_disable_machine_info=True,
        x_disable_meta=True,
        x_disable_stats=True,
        x_save_requirements=False,
    )
    return wandb.init(
        mode=mode,  # type: ignore[arg-type]
        dir=str(folder),
        project=label.project,
        group=label.group,
        job_type=label.job_type,
        name=label.name,
        id=label.run_id,
        resume="allow",
        tags=list(label.tags),
        config=dict(label.config),
        settings=settings,
        # Without it a run that is still open would be reused, and two folds become one run.
        reinit="create_new",
    )


def open_wandb(label: RunLabel, *, mode: str, folder: Path) -> WandbLogger:
    """Return Lightning's logger on a run of its own."""
    run = open_run(label, mode=mode, folder=folder)
    run.define_metric("epoch")
    run.define_metric("val/auroc", step_metric="epoch", summary="max")
    run.define_metric("val/loss", step_metric="epoch", summary="min")
    run.define_metric("train/*", step_metric="epoch")
    return WandbLogger(experiment=run, log_model=False)


def close_wandb(logger: WandbLogger | None, *, failed: bool) -> None:
    """End the run of `logger`, marked as failed or finished."""
    if logger is not None:
        logger.experiment.finish(exit_code=int(failed))
