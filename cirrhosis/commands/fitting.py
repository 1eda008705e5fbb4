"""Fits the parts of a run and predicts."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
import torch
from hydra.utils import instantiate
from pytorch_lightning import Callback
from pytorch_lightning.loggers import Logger

from cirrhosis.commands.predicting import predict_scores
from cirrhosis.commands.restart import RestartPoint
from cirrhosis.commands.run_trainer import build_best_checkpoint, build_trainer
from cirrhosis.contracts.run import RunFolder
from cirrhosis.data.datamodule import SliceDataModule
from cirrhosis.models.classifier import SliceClassifier
from cirrhosis.tracking.metrics_table import MetricsTable


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
    best = build_best_checkpoint(config, run) if stops else None
    metrics = MetricsTable(run.metrics)
    callbacks = [metrics, *extra, *([best] if best else [])]
    if stops:
        callbacks.append(instantiate(config["callbacks"]["early_stopping"]))
    restart = RestartPoint(run.checkpoints, config["callbacks"]["restart_every_n_epochs"])
    trainer = build_trainer(config, stops, [*callbacks, restart], logger, run.folder)
    trainer.fit(classifier, data, ckpt_path=restart.find(), weights_only=True)
    if best:
        weights = torch.load(best.best_model_path, weights_only=True)["state_dict"]
        classifier.load_state_dict(weights)
    else:
        trainer.save_checkpoint(run.checkpoints / "final.ckpt", weights_only=True)
    scores = predict_scores(trainer, classifier, data)
    if trainer.is_global_zero:
        restart.remove()
    best_value = float(best.best_model_score) if best and best.best_model_score else None
    n_epochs = len(metrics.rows)
    n_before = n_epochs - metrics.n_added
    return Fitted(scores, n_epochs, n_before, best_value)
