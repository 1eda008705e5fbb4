"""Lightning's trainer and its callbacks for one run, as the configuration names them."""

import warnings
from pathlib import Path
from typing import Any

from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from pytorch_lightning import Callback, Trainer
from pytorch_lightning.loggers import Logger

from cirrhosis.commands.arithmetic import read_arithmetic
from cirrhosis.commands.epochs import count_epochs
from cirrhosis.commands.gradient_settings import check_gradients
from cirrhosis.commands.shell import show_progress
from cirrhosis.contracts.progress import silent
from cirrhosis.tracking.epoch_progress import EpochProgress
from cirrhosis.tracking.whole_checkpoint import WholeCheckpointIO


def build_trainer(
    config: dict[str, Any],
    stops: bool,
    callbacks: list[Callback],
    logger: Logger | None,
    folder: Path,
) -> Trainer:
    """Return the trainer of one run.

    Args:
        config: Plain configuration of a run.
        stops: Whether a side decides when to stop.
        callbacks: Beside the progress bar.
        logger: None logs to the run folder only.
        folder: Of the run.

    Raises:
        ContractError: If a setting is unknown or excludes another one.
    """
    options = config["trainer"]
    arithmetic = read_arithmetic(options)
    check_gradients(options, config["optimizer"])
    arithmetic.apply()
    progress = show_progress if config["progress"] else silent
    # Where Slurm is installed Lightning asks for srun at every fit, also of one process.
    warnings.filterwarnings("ignore", message=r"The `srun` command is available")
    return Trainer(
        accelerator=options["accelerator"],
        devices=options["devices"],
        strategy=options["strategy"],
        num_nodes=options.get("num_nodes", 1),
        sync_batchnorm=options["sync_batchnorm"],
        precision=arithmetic.precision,  # type: ignore[arg-type]
        deterministic=arithmetic.deterministic,  # type: ignore[arg-type]
        benchmark=arithmetic.benchmark,
        gradient_clip_val=options["gradient_clip_val"],
        accumulate_grad_batches=options["accumulate_grad_batches"],
        max_epochs=count_epochs(config, stops=stops),
        callbacks=[*callbacks, EpochProgress(progress, f"{config['sequences']} {folder.name}")],
        logger=logger if logger is not None else False,
        plugins=[WholeCheckpointIO(), *_stay_alone(options["strategy"])],
        # What is kept is kept by callbacks of ours.
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        limit_val_batches=None if stops else 0,
        log_every_n_steps=1,
        use_distributed_sampler=False,
        default_root_dir=folder,
    )


def _stay_alone(strategy: str) -> list[LightningEnvironment]:
    # One process inside a job of Slurm: Lightning would count the job's tasks as ranks and
    # requeue the job itself.
    return [LightningEnvironment()] if strategy == "auto" else []
