"""What W&B shows of one fold beside its curves."""

from typing import Any

import pandas as pd
from pytorch_lightning import Callback
from pytorch_lightning.loggers import WandbLogger

from cirrhosis.commands.fold_plan import FoldRun
from cirrhosis.commands.prediction_table import tabulate_predictions
from cirrhosis.commands.shown_predictions import name_patients
from cirrhosis.commands.tracked_names import patients_of, tracking_folder
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.statistics.discrimination import auroc
from cirrhosis.tracking.input_pictures import InputPictures, Picture
from cirrhosis.tracking.steady_logger import SteadyLogger
from cirrhosis.tracking.wandb_tables import Files, log_files, log_pictures, show_tables


def show_inputs(run: FoldRun, logger: SteadyLogger | None, n_slices: int) -> list[Callback]:
    """Return what shows a few inputs of the network, where `logger.images` allows pictures."""
    if not _is_wandb(logger) or not run.values["logger"]["images"]:
        return []
    assert logger is not None

    def show(name: str, pictures: list[Picture]) -> None:
        logger.attempt(lambda: log_pictures(logger.experiment, name, pictures))

    return [InputPictures(show, n_slices)]


def track_fold(run: FoldRun, logger: SteadyLogger | None, y_score: "pd.Series[float]") -> None:
    """Show the out-of-fold predictions of a fold and their AUROC; keep weights if asked to.

    Args:
        run: The fold.
        logger: Of the run.
        y_score: Probability per predicted patient.
    """
    if not _is_wandb(logger):
        return
    assert logger is not None
    logger.attempt(lambda: _track(run, logger.experiment, y_score))


def _track(run: FoldRun, experiment: Any, y_score: "pd.Series[float]") -> None:
    values, folder = run.values, tracking_folder(run.values)
    rows = tabulate_predictions(y_score, values, run.sources.splits, run.sides)
    held_out = rows[rows["split"] == TRAINING]
    named = name_patients(held_out, patients_of(values))
    show_tables(experiment, folder, {"predictions": named})
    area = auroc(held_out["y_true"], held_out["y_score"])
    experiment.summary.update({"held_out/auroc": area.value, "held_out/n": area.n})
    if values["logger"]["checkpoints"]:
        log_files(experiment, folder, _list_weights(run))


def _list_weights(run: FoldRun) -> Files:
    values = run.values
    paths = {path.name: path for path in sorted(run.plan.folder.checkpoints.glob("*.ckpt"))}
    words = [values["name"], values["variant"], values["sequences"], f"s{values['seed']}"]
    return Files(
        name="-".join([*words, f"f{values['fold']}"]),
        kind="model",
        tables={},
        paths=paths,
        metadata={"sequences": values["sequences"], "fold": values["fold"]},
    )


def _is_wandb(logger: SteadyLogger | None) -> bool:
    return logger is not None and isinstance(logger.tracker, WandbLogger)
