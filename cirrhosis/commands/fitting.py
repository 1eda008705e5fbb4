"""Builds the parts that the configuration names, fits them and predicts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from hydra.utils import instantiate
from pytorch_lightning import Callback, Trainer
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import Logger

from cirrhosis.commands.configuration import build_settings
from cirrhosis.commands.restart import RestartPoint
from cirrhosis.commands.shell import show_progress
from cirrhosis.contracts.progress import silent
from cirrhosis.contracts.run import RunFolder
from cirrhosis.contracts.sides import Sides
from cirrhosis.data.augmentation import AugmentationSettings, BatchAugmentation
from cirrhosis.data.datamodule import SliceDataModule
from cirrhosis.data.resident import ResidentSlices
from cirrhosis.models.classifier import SliceClassifier
from cirrhosis.tracking.epoch_progress import EpochProgress
from cirrhosis.tracking.metrics_table import MetricsTable
from cirrhosis.tracking.whole_checkpoint import WholeCheckpointIO


@dataclass(frozen=True)
class Fitted:
    """What a fit gives.

    Attributes:
        y_score: Probability per predicted patient.
        n_epochs: Epochs that were trained.
        n_before: How many of them before an interruption.
        best: Best AUROC of the stopping side; None where no side stops.
    """

    y_score: pd.Series
    n_epochs: int
    n_before: int
    best: float | None


def build_data(
    slices: ResidentSlices, targets: dict[str, int], sides: Sides, config: dict[str, Any]
) -> SliceDataModule:
    """Return the data module of one fold."""
    settings = build_settings(AugmentationSettings, config["augmentation"], "augmentation")
    return SliceDataModule(
        slices,
        targets,
        sides,
        batch_size=config["data"]["batch_size"],
        mask=config["data"]["mask"],
        augmentation=BatchAugmentation(settings) if settings.probability > 0 else None,
        seed=config["seed"],
    )


def build_classifier(config: dict[str, Any], *, n_channels: int, stops: bool) -> SliceClassifier:
    """Return the classifier with fresh weights drawn from the seed.

    Args:
        config: Plain configuration of a run.
        n_channels: Channels of a batch.
        stops: Whether a stopping side exists that the scheduler can watch.
    """
    torch.manual_seed(config["seed"])
    scheduler = config["scheduler"]
    return SliceClassifier(
        instantiate(config["model"])(n_channels),
        instantiate(config["optimizer"]),
        instantiate(scheduler) if scheduler["_target_"] else None,
        monitor="val/loss" if stops else "train/loss",
        pos_weight=config["trainer"]["pos_weight"],
        seed=config["seed"],
    )


def fit_and_predict(
    classifier: SliceClassifier,
    data: SliceDataModule,
    run: RunFolder,
    config: dict[str, Any],
    *,
    logger: Logger | None,
    extra: list[Callback],
) -> Fitted:
    """Train, keep the best epoch of the stopping side or the last, and predict with it.

    An interrupted run goes on from its restart point.
    """
    stops = bool(data.sides.stopping)
    best = _best_checkpoint(config, run) if stops else None
    metrics = MetricsTable(run.metrics)
    callbacks = [metrics, *extra, *([best] if best else [])]
    if stops:
        callbacks.append(instantiate(config["callbacks"]["early_stopping"]))
    restart = RestartPoint(run.checkpoints, config["callbacks"]["restart_every_n_epochs"])
    trainer = _build_trainer(config, stops, [*callbacks, restart], logger, run.folder)
    trainer.fit(classifier, data, ckpt_path=restart.find(), weights_only=True)
    if best:
        weights = torch.load(best.best_model_path, weights_only=True)["state_dict"]
        classifier.load_state_dict(weights)
    else:
        trainer.save_checkpoint(run.checkpoints / "final.ckpt", weights_only=True)
    batches = trainer.predict(classifier, data)
    patients = [name for names in data.predicted.values() for name in names]
    scores = torch.cat(batches).double().cpu().numpy()  # type: ignore[arg-type]
    restart.remove()
    best_value = float(best.best_model_score) if best and best.best_model_score else None
    n_epochs = len(metrics.rows)
    n_before = n_epochs - metrics.n_added
    return Fitted(pd.Series(scores, index=patients), n_epochs, n_before, best_value)


def _best_checkpoint(config: dict[str, Any], run: RunFolder) -> ModelCheckpoint:
    return ModelCheckpoint(
        dirpath=run.checkpoints,
        filename="best",
        monitor=config["callbacks"]["best"]["monitor"],
        mode=config["callbacks"]["best"]["mode"],
        save_weights_only=True,
        enable_version_counter=False,
    )


def _build_trainer(
    config: dict[str, Any],
    stops: bool,
    callbacks: list[Callback],
    logger: Logger | None,
    folder: Path,
) -> Trainer:
    options = config["trainer"]
    epochs = options["max_epochs"] if stops else config["protocol"]["fixed_epochs"]
    progress = show_progress if config["progress"] else silent
    return Trainer(
        accelerator=options["accelerator"],
        devices=options["devices"],
        precision=options["precision"],
        deterministic=options["deterministic"],
        max_epochs=epochs,
        callbacks=[*callbacks, EpochProgress(progress, folder.name)],
        logger=logger if logger is not None else False,
        plugins=[WholeCheckpointIO()],
        enable_checkpointing=stops,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        limit_val_batches=None if stops else 0,
        log_every_n_steps=1,
        use_distributed_sampler=False,
        default_root_dir=folder,
    )
