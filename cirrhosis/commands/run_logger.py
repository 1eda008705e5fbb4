"""The logger of one run, as the configuration names it."""

import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers import Logger

from cirrhosis.commands.existing_run import RunPlan
from cirrhosis.commands.places import store_folder
from cirrhosis.commands.tracked_names import (
    describe_code,
    describe_sequences,
    identify,
    name_group,
    tracking_folder,
    without_places,
)
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import read_json, write_json
from cirrhosis.contracts.store import read_manifest
from cirrhosis.runs.identity import fingerprint
from cirrhosis.tracking.file_loggers import open_csv, open_tensorboard
from cirrhosis.tracking.mlflow_run import open_mlflow
from cirrhosis.tracking.run_label import RunLabel
from cirrhosis.tracking.steady_logger import SteadyLogger
from cirrhosis.tracking.wandb_logger import open_wandb

log = logging.getLogger("cirrhosis")

Settings = dict[str, Any]


def open_logger(values: dict[str, Any], plan: RunPlan) -> SteadyLogger | None:
    """Return the logger of a run; None if nothing but the run folder is written.

    Raises:
        ContractError: If there is no logger of that name, or it lacks what it needs.
    """
    settings = values["logger"]
    name = settings["name"]
    if name == "none" or settings.get("mode") == "disabled":
        return None
    if name not in LOGGERS:
        raise ContractError(
            f"expected logger.name to be one of none, {', '.join(LOGGERS)}, but got '{name}'"
        )
    try:
        tracker = LOGGERS[name](label_fold(values, plan), settings, tracking_folder(values), plan)
    except ContractError:
        raise
    # Whatever else a tracker raises must not keep a run from being trained.
    except Exception as error:
        log.warning("no %s: %s: %s; the run goes on without", name, type(error).__name__, error)
        return None
    return SteadyLogger(tracker)


def _open_wandb(label: RunLabel, settings: Settings, folder: Path, plan: RunPlan) -> Logger:
    del plan
    return open_wandb(label, mode=settings["mode"], folder=folder)


def _open_csv(label: RunLabel, settings: Settings, folder: Path, plan: RunPlan) -> Logger:
    del settings
    return open_csv(label, folder=folder / "csv", anew=plan.on_existing == "force")


def _open_tensorboard(label: RunLabel, settings: Settings, folder: Path, plan: RunPlan) -> Logger:
    del settings
    return open_tensorboard(label, folder=folder / "tensorboard", anew=plan.on_existing == "force")


def _open_mlflow(label: RunLabel, settings: Settings, folder: Path, plan: RunPlan) -> Logger:
    return open_mlflow(
        label, uri=settings["uri"], folder=folder / "mlflow", anew=plan.on_existing == "force"
    )


LOGGERS: dict[str, Callable[[RunLabel, Settings, Path, RunPlan], Logger]] = {
    "wandb": _open_wandb,
    "csv": _open_csv,
    "tensorboard": _open_tensorboard,
    "mlflow": _open_mlflow,
}


def label_fold(values: dict[str, Any], plan: RunPlan) -> RunLabel:
    """Return how the run of one fold is called."""
    identity = plan.identity
    mark = fingerprint(identity)
    available = read_manifest(store_folder(values)).sequences
    described = {
        "experiment": values["name"],
        "variant": values["variant"],
        "seed": values["seed"],
        "fold": values["fold"],
        "protocol": values["protocol"]["name"],
        "fingerprint": mark,
        "split_hash": identity["split_hash"],
        "data_hash": identity["data_hash"],
        "settings": without_places(identity["config"]),
    }
    return RunLabel(
        project=values["logger"]["project"],
        group=name_group(values, values["variant"]),
        job_type="fold",
        name=_name(values),
        run_id=_find_id(values, plan, mark),
        tags=[values["name"], values["protocol"]["name"]],
        config=described | describe_sequences(values["sequences"], available) | describe_code(),
    )


def _find_id(values: dict[str, Any], plan: RunPlan, mark: str) -> str:
    """Return the identifier under which the run is tracked, and note it in the run folder.

    A run that goes on keeps it; one that is done again is another one to a tracker, which
    would lay its values over the old ones.
    """
    path = plan.folder.folder / "tracking.json"
    is_redone = path.exists() and plan.on_existing == "force"
    if path.exists() and not is_redone:
        return str(read_json(path)["run_id"])
    again = [secrets.token_hex(4)] if is_redone else []
    run_id = identify(values, _name(values), values["variant"], mark, *again)
    write_json({"run_id": run_id}, path)
    return run_id


def _name(values: dict[str, Any]) -> str:
    return f"{values['sequences']}-f{values['fold']}-s{values['seed']}"
