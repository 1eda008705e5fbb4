"""Loggers that write plain files: CSV and TensorBoard."""

import shutil
from pathlib import Path

from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger

from cirrhosis.contracts.errors import ContractError
from cirrhosis.tracking.run_label import RunLabel


def open_csv(label: RunLabel, *, folder: Path, anew: bool) -> CSVLogger:
    """Return a logger that writes `version_<k>/metrics.csv` and the settings beside it.

    Lightning's logger deletes what lies where it writes, so every attempt of an interrupted
    run has a version of its own; the run folder's `metrics.csv` is the one whole table.

    Args:
        label: How the run is called.
        folder: Of all runs of the experiment.
        anew: Whether what an earlier run of this name left is removed.
    """
    place = _prepare(label, folder, anew)
    logger = CSVLogger(place.parent, name=place.name)
    logger.log_hyperparams(dict(label.config))
    return logger


def open_tensorboard(label: RunLabel, *, folder: Path, anew: bool) -> TensorBoardLogger:
    """Return a logger that writes TensorBoard's event files and the settings beside them.

    The attempts of an interrupted run lie in one folder, which TensorBoard shows as one run.

    Args:
        label: How the run is called.
        folder: Of all runs of the experiment: what `tensorboard --logdir` is given.
        anew: Whether what an earlier run of this name left is removed.

    Raises:
        ContractError: If TensorBoard is not installed.
    """
    place = _prepare(label, folder, anew)
    try:
        logger = TensorBoardLogger(
            place.parent, name=place.name, version="", default_hp_metric=False
        )
    except ModuleNotFoundError as error:
        raise ContractError(
            "expected tensorboard for logger=tensorboard, but it is not installed; run `pip"
            " install 'cirrhosis[loggers]'` or use another logger"
        ) from error
    logger.log_hyperparams(dict(label.config))
    return logger


def _prepare(label: RunLabel, folder: Path, anew: bool) -> Path:
    place = folder / label.group / label.name
    if anew:
        shutil.rmtree(place, ignore_errors=True)
    return place
