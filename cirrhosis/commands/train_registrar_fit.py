"""Fits one registrar to pairs and writes its model; usable without any configuration."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins.environments.lightning import LightningEnvironment
from pytorch_lightning import Callback, LightningModule, Trainer

from cirrhosis.commands.process_settings import quiet_lightning
from cirrhosis.contracts.pair_batch import PairTensors
from cirrhosis.contracts.progress import Progress, silent
from cirrhosis.contracts.randomness import seed_of
from cirrhosis.contracts.volume import Volume
from cirrhosis.data.pair_datamodule import PairDataModule
from cirrhosis.imaging.region import cut_region
from cirrhosis.imaging.registration_settings import RegistrationSettings
from cirrhosis.models.networks.placed_volume import lay_out
from cirrhosis.models.registrar import LARGEST_GRADIENT, RigidRegistrar
from cirrhosis.models.registrar_files import write_registrar
from cirrhosis.models.registrar_settings import RegistrarSettings
from cirrhosis.tracking.metrics_table import MetricsTable
from cirrhosis.tracking.whole_checkpoint import WholeCheckpointIO


def cut_pair(
    fixed: Volume,
    moving: Volume,
    liver: Volume,
    *,
    settings: RegistrarSettings,
    registration: RegistrationSettings,
) -> PairTensors:
    """Return a pair as the registrar learns from it, cut as `prepare` cuts it.

    Args:
        fixed: Volume that stays.
        moving: Volume to be aligned.
        liver: Mask on the grid of `fixed`.
        settings: Of the registrar; gives the grid in memory.
        registration: How the surroundings of the liver are cut.

    Raises:
        ContractError: If the volumes do not overlap near the liver.
    """
    # The fixed volume as wide as the moving one: what of them is seen is drawn in training.
    wide, region = (
        cut_region(
            fixed,
            other,
            liver,
            spacing_mm=registration.spacing_mm,
            dilation_mm=registration.dilation_mm,
            motion_mm=registration.max_translation_mm,
        )
        for other in (fixed, moving)
    )
    pair = lay_out(
        wide.moving,
        region.moving,
        region.mask,
        spacing_mm=settings.learning.spacing_mm,
        shape=settings.pair_shape,
    )
    return PairTensors(pair.fixed.half(), pair.moving.half(), pair.region)


def train_registrar(
    pairs: Sequence[PairTensors],
    settings: RegistrarSettings,
    folder: Path,
    *,
    seed: int,
    record: Mapping[str, Any] | None = None,
    progress: Progress = silent,
    callbacks: Sequence[Callback] = (),
    restart: Path | None = None,
    arithmetic: Mapping[str, Any] | None = None,
) -> RigidRegistrar:
    """Train a registrar for the stated number of steps and write its model.

    The same pairs, settings and seed give the same weights on a CPU with the same number of
    threads.

    Args:
        pairs: From `cut_pair`.
        settings: All of the registrar; `settings.learning.n_steps` says how long.
        folder: Gets `metrics.csv`, and at the end `model.safetensors` and `model.json`.
        seed: Of first weights, order and disturbances.
        record: What else `model.json` shall say.
        progress: Shows the epochs.
        callbacks: Act before those of this function.
        restart: State of Lightning to go on from.
        arithmetic: Options of Lightning's trainer, such as `accelerator`; by default the CPU.
    """
    quiet_lightning()
    torch.manual_seed(seed_of(seed, "registrar"))
    registrar = RigidRegistrar(settings, seed=seed)
    learning = settings.learning
    data = PairDataModule(
        pairs, batch_size=learning.batch_size, n_batches=learning.steps_per_epoch, seed=seed
    )
    n_epochs = math.ceil(learning.n_steps / learning.steps_per_epoch)
    trainer = Trainer(
        **(arithmetic or {"accelerator": "cpu"}),
        devices=1,
        max_epochs=n_epochs,
        gradient_clip_val=LARGEST_GRADIENT,
        callbacks=[
            *callbacks,
            MetricsTable(folder / "metrics.csv"),
            RegistrarProgress(progress, folder.name),
        ],
        logger=False,
        plugins=[WholeCheckpointIO(), LightningEnvironment()],
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=folder,
    )
    trainer.fit(registrar, data, ckpt_path=restart, weights_only=True)
    write_registrar(registrar, record or {}, folder)
    return registrar.eval()


class RegistrarProgress(Callback):
    """Show the steps that are done.

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
        total = (trainer.max_epochs or 0) * int(trainer.num_training_batches)
        steps = range(trainer.global_step, total)
        self.steps = iter(self.progress(steps, total=len(steps), label=f"{self.label} steps"))
        next(self.steps, None)

    def on_train_batch_end(self, *arguments: Any) -> None:
        """Count one step."""
        del arguments
        next(self.steps, None)
