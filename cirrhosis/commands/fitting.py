"""Fits the parts of a run and predicts."""

from dataclasses import dataclass
from typing import Any

from hydra.utils import instantiate
from pytorch_lightning import Callback
from pytorch_lightning.loggers import WandbLogger

from cirrhosis.commands.fitted import Fitted
from cirrhosis.commands.predicting import predict_scores
from cirrhosis.commands.restart import RestartPoint
from cirrhosis.commands.run_averaging import build_averaging
from cirrhosis.commands.run_trainer import build_trainer
from cirrhosis.commands.run_weights import RunWeights, find_weights
from cirrhosis.contracts.run import RunFolder
from cirrhosis.data.datamodule import SliceDataModule
from cirrhosis.models.classifier import SliceClassifier
from cirrhosis.tracking.best_weights import BestWeights, copy_weights
from cirrhosis.tracking.continued_steps import ContinuedSteps
from cirrhosis.tracking.metrics_table import MetricsTable
from cirrhosis.tracking.steady_logger import SteadyLogger


@dataclass(frozen=True)
class Watchers:
    """The callbacks of a run that hold what comes out of it.

    Attributes:
        restart: Keeps the state from which an interrupted run goes on.
        metrics: Keeps a row per epoch.
        best: Keeps the weights of the best epoch; None if the last ones are the result.
        others: Stop, average, give signs of life, and whatever else acts on a run.
    """

    restart: RestartPoint
    metrics: MetricsTable
    best: BestWeights | None
    others: list[Callback]

    @property
    def callbacks(self) -> list[Callback]:
        """All of them, in the order in which they act.

        The restart point sees an epoch before others change it at its start, and the best
        weights are copied before an average is taken out of the network again.
        """
        best = [self.best] if self.best else []
        return [self.restart, self.metrics, *best, *self.others]


def fit_and_predict(
    classifier: SliceClassifier,
    data: SliceDataModule,
    run: RunFolder,
    config: dict[str, Any],
    *,
    logger: SteadyLogger | None,
    extra: list[Callback],
) -> Fitted:
    """Train, keep the best epoch of the stopping side or the last, and predict with it.

    An interrupted run goes on from its restart point; one that was interrupted after its
    training only predicts.
    """
    stops = bool(data.sides.stopping)
    watchers = _build_watchers(config, run, stops=stops, logger=logger, extra=extra)
    trainer = build_trainer(config, stops, watchers.callbacks, logger, run.folder)
    weights = find_weights(run.checkpoints)
    n_before = weights.n_epochs if weights else 0
    if weights is None:
        point = watchers.restart.find()
        trainer.fit(classifier, data, ckpt_path=point, weights_only=True)
        weights = _take_weights(classifier, watchers)
        n_before = weights.n_epochs - watchers.metrics.n_added
        if trainer.is_global_zero:
            weights.write(run.checkpoints / ("best.ckpt" if watchers.best else "final.ckpt"))
            watchers.restart.remove()
    classifier.load_state_dict(weights.state_dict)
    scores = predict_scores(trainer, classifier, data)
    return Fitted(scores, weights.n_epochs, n_before, weights.best)


def _build_watchers(
    config: dict[str, Any],
    run: RunFolder,
    *,
    stops: bool,
    logger: SteadyLogger | None,
    extra: list[Callback],
) -> Watchers:
    settings = config["callbacks"]
    averaging = build_averaging(settings)
    others = [*extra, *([averaging] if averaging else [])]
    best = None
    if stops:
        others.append(instantiate(settings["early_stopping"]))
        best = BestWeights(settings["best"]["monitor"], settings["best"]["mode"])
    if logger is not None and isinstance(logger.tracker, WandbLogger):
        others.append(ContinuedSteps(logger))
    restart = RestartPoint(
        run.checkpoints,
        every_n_epochs=settings["restart_every_n_epochs"],
        every_n_seconds=settings["restart_every_n_seconds"],
    )
    return Watchers(restart, MetricsTable(run.metrics), best, others)


def _take_weights(classifier: SliceClassifier, watchers: Watchers) -> RunWeights:
    n_epochs = len(watchers.metrics.rows)
    best = watchers.best
    if best is None:
        return RunWeights(copy_weights(classifier), n_epochs, n_epochs - 1, None)
    return RunWeights(best.weights, n_epochs, best.epoch or 0, best.score)
