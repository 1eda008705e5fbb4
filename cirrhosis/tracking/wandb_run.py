"""One W&B run per fold, opened without a prompt and closed with the right exit code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import wandb
from pytorch_lightning.loggers import WandbLogger


def open_wandb(
    *,
    mode: str,
    folder: Path,
    project: str,
    group: str,
    job_type: str,
    name: str,
    run_id: str,
    tags: Sequence[str],
    config: Mapping[str, Any],
) -> WandbLogger:
    """Return a logger with a run of its own.

    The machine, the console and the code are not captured: a hospital's host names, paths
    and whatever a script prints stay where they are. No patient identifier is logged.

    Args:
        mode: `offline`, `online` or `disabled`.
        folder: Where W&B keeps its files.
        project: W&B project.
        group: Runs that belong together: one experiment and variant.
        job_type: `fold` for a training run.
        name: Readable name, such as `t1+t2-f0-s1`.
        run_id: Stable identifier, so that a continued run is one run.
        tags: Few words to filter by.
        config: Plain values.
    """
    folder.mkdir(parents=True, exist_ok=True)
    settings = wandb.Settings(
        console="off",
        disable_git=True,
        save_code=False,
        silent=True,
        x_disable_machine_info=True,
        x_disable_stats=True,
    )
    run = wandb.init(
        mode=mode,  # type: ignore[arg-type]
        dir=str(folder),
        project=project,
        group=group,
        job_type=job_type,
        name=name,
        id=run_id,
        resume="allow" if mode == "online" else None,
        tags=list(tags),
        config=dict(config),
        settings=settings,
        # Without it a run that is still open would be reused, and two folds become one run.
        reinit="create_new",
    )
    run.define_metric("epoch")
    run.define_metric("val/auroc", summary="max")
    run.define_metric("val/loss", summary="min")
    return WandbLogger(experiment=run, log_model=False)


def close_wandb(logger: WandbLogger | None, *, failed: bool) -> None:
    """End the run of `logger`, marked as failed or finished."""
    if logger is not None:
        logger.experiment.finish(exit_code=int(failed))
