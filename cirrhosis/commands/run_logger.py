"""The logger of one run, as the configuration names it."""

from typing import Any

from pytorch_lightning.loggers import WandbLogger

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
from cirrhosis.contracts.store import read_manifest
from cirrhosis.runs.identity import fingerprint
from cirrhosis.tracking.run_label import RunLabel
from cirrhosis.tracking.wandb_run import open_wandb


def open_logger(values: dict[str, Any], plan: RunPlan) -> WandbLogger | None:
    """Return the logger of a run; None if nothing but the run folder is written."""
    if values["logger"]["mode"] == "disabled":
        return None
    return open_wandb(
        label_fold(values, plan),
        mode=values["logger"]["mode"],
        folder=tracking_folder(values),
    )


def label_fold(values: dict[str, Any], plan: RunPlan) -> RunLabel:
    """Return how the run of one fold is called."""
    identity = plan.identity
    mark = fingerprint(identity)
    words = (values["variant"], values["sequences"], values["seed"], values["fold"], mark)
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
        name=f"{values['sequences']}-f{values['fold']}-s{values['seed']}",
        run_id=identify(values, "fold", *words),
        tags=[values["name"], values["protocol"]["name"]],
        config=described | describe_sequences(values["sequences"], available) | describe_code(),
    )
