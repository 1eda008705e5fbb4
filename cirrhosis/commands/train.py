"""Train one run or, with -m, a sweep: `cirrhosis train sequences=t1+t2 fold=0`."""

import logging
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig
from pytorch_lightning.loggers import WandbLogger

from cirrhosis.commands.configuration import plain
from cirrhosis.commands.fitting import Fitted, fit_and_predict
from cirrhosis.commands.fuse import read_choice
from cirrhosis.commands.heartbeat import Heartbeat
from cirrhosis.commands.places import split_file, store_folder
from cirrhosis.commands.run_classifier import build_classifier
from cirrhosis.commands.run_data import build_data
from cirrhosis.commands.training_run import RunPlan, working_on
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_table
from cirrhosis.contracts.fold_names import list_pairs, name_folds, parse_folds
from cirrhosis.contracts.predictions import COLUMNS, read_predictions, write_predictions
from cirrhosis.contracts.run import run_folder
from cirrhosis.contracts.sequences import check_available, join_sequences, parse_sequences
from cirrhosis.contracts.sides import Sides, check_sides, choose_sides
from cirrhosis.contracts.splits import TRAINING, Splits, read_splits
from cirrhosis.contracts.store import Manifest, StoreLayout, check_settings, read_manifest
from cirrhosis.data.resident import load_slices
from cirrhosis.runs.identity import fingerprint, make_identity, name_variant
from cirrhosis.statistics.discrimination import auroc
from cirrhosis.tracking.wandb_run import close_wandb, open_wandb

log = logging.getLogger("cirrhosis")


@dataclass(frozen=True)
class Sources:
    """What runs of one store and split share.

    Attributes:
        folder: Of the store.
        manifest: Of the store.
        splits: The split, without patients whose preparation failed.
    """

    folder: Path
    manifest: Manifest
    splits: Splits


def run(config: DictConfig) -> float | None:
    """Train the fold asked for, or all folds in turn.

    Returns:
        The out-of-fold AUROC of the held-out patients (for `fold=all` the mean over folds,
        for `fold=pairs` over pairs of folds),
        for the eye and for a log. Optimisers should not maximise it: the held-out rows then
        choose the settings.
    """
    values = plain(config)
    if values["threads"]:
        torch.set_num_threads(values["threads"])
    _quiet_lightning()
    if values["sequences"] == "chosen":
        values["sequences"] = read_choice(values, values["chosen_from"])["sequences"]
    values["sequences"] = join_sequences(parse_sequences(values["sequences"]))
    values["variant"] = values["variant"] or name_variant(HydraConfig.get().overrides.task)
    sources = _open_sources(values)
    aurocs = [
        _train_fold(values | {"fold": name_folds(folds)}, sources)
        for folds in _list_folds(values["fold"], sources.splits.n_folds)
    ]
    known = [value for value in aurocs if value is not None]
    return sum(known) / len(known) if known else None


def _list_folds(value: int | str, n_folds: int) -> list[tuple[int, ...]]:
    several = {"all": [str(fold) for fold in range(n_folds)], "pairs": list_pairs(n_folds)}
    return [parse_folds(name) for name in several.get(str(value), [str(value)])]


def _open_sources(values: dict[str, Any]) -> Sources:
    folder = store_folder(values)
    manifest = read_manifest(folder)
    asked = {"slices.count": "n_slices", "intensities.image_size": "image_size"}
    check_settings(manifest, {name: values["data"][key] for name, key in asked.items()})
    check_available(
        parse_sequences(values["sequences"]), manifest.sequences, f"the store '{manifest.name}'"
    )
    splits = read_splits(split_file(values))
    if splits.hash != manifest.split_hash:
        raise ContractError(
            f"expected the split '{splits.name}' ({splits.hash[:12]}) to be the one that the store"
            f" '{manifest.name}' was prepared for ({manifest.split_hash[:12]}); run prepare again,"
            " it makes only what is missing"
        )
    if values["data"]["on_unprepared"] == "skip":
        splits = _leave_out_failures(splits, manifest, folder)
    return Sources(folder, manifest, splits)


def _leave_out_failures(splits: Splits, manifest: Manifest, folder: Path) -> Splits:
    path = StoreLayout(folder).failures
    failed = (
        set(read_table(path)["patient_id"]) - set(manifest.patients) if path.exists() else set()
    )
    left_out = sorted(failed & set(splits.included["patient_id"]))
    if left_out:
        log.warning(
            "%d patients of the split could not be prepared and are left out: %s",
            len(left_out),
            first(left_out),
        )
    table = splits.table[~splits.table["patient_id"].isin(left_out)]
    return Splits(splits.name, splits.hash, table)


def _train_fold(values: dict[str, Any], sources: Sources) -> float | None:
    fold = values["fold"]
    held_out = parse_folds(fold)
    sides = check_sides(
        choose_sides(
            sources.splits,
            held_out[0],
            protocol=values["protocol"]["name"],
            minimum_stopping=values["protocol"]["minimum_stopping"],
            without=held_out[1] if len(held_out) == 2 else None,
        )
    )
    folder = run_folder(
        Path(values["paths"]["runs"]),
        experiment=values["name"],
        task=values["task"]["name"],
        variant=values["variant"],
        sequences=values["sequences"],
        seed=values["seed"],
        fold=str(fold),
    )
    identity = make_identity(
        values, split_hash=sources.splits.hash, data_hash=sources.manifest.data_hash
    )
    plan = RunPlan(
        folder,
        identity,
        values["on_existing"],
        values["on_code_change"],
        values["takeover_seconds"],
    )
    label = f"{values['sequences']} seed {values['seed']} fold {fold}"
    with working_on(plan, values) as work:
        if work is None:
            log.info("%s: finished before, skipped", label)
        else:
            if sides.note:
                log.warning("%s: %s", label, sides.note)
            fitted = _fit(values, sources, sides, plan, work)
            write_predictions(_tabulate(fitted.y_score, values, sources, sides), folder.predictions)
            work.best = fitted.best
            log.info("%s: %d epochs, %s", label, fitted.n_epochs, _describe(fitted))
    predictions = read_predictions(folder.predictions)
    out_of_fold = predictions[predictions["split"] == TRAINING]
    return auroc(out_of_fold["y_true"], out_of_fold["y_score"]).value


def _fit(
    values: dict[str, Any], sources: Sources, sides: Sides, plan: RunPlan, work: Any
) -> Fitted:
    table = sources.splits.included.set_index("patient_id")["target"]
    targets = {str(name): int(target) for name, target in table.items()}
    patients = [name for name in targets if name in _everyone(sides)]
    sequences = parse_sequences(values["sequences"])
    slices = load_slices(sources.folder, sources.manifest, patients, sequences)
    data = build_data(slices, targets, sides, values)
    classifier = build_classifier(values, n_channels=data.n_channels, stops=bool(sides.stopping))
    logger = _open_logger(values, plan)
    failed = True
    try:
        fitted = fit_and_predict(
            classifier, data, plan.folder, values, logger=logger, extra=[Heartbeat(work.beat)]
        )
        failed = False
    finally:
        close_wandb(logger, failed=failed)
    return fitted


def _everyone(sides: Sides) -> set[str]:
    tests = (name for names in sides.tests.values() for name in names)
    return {*sides.train, *sides.stopping, *sides.held_out, *tests}


def _open_logger(values: dict[str, Any], plan: RunPlan) -> WandbLogger | None:
    if values["logger"]["mode"] == "disabled":
        return None
    sequences = parse_sequences(values["sequences"])
    uses = {f"uses_{name}": True for name in sequences}
    identifier = fingerprint({"place": str(plan.folder.folder), "identity": plan.identity})
    return open_wandb(
        mode=values["logger"]["mode"],
        folder=plan.folder.folder,
        project=values["logger"]["project"],
        group=f"{values['name']}-{values['variant']}",
        job_type="fold",
        name=f"{values['sequences']}-f{values['fold']}-s{values['seed']}",
        run_id=identifier[:16],
        tags=[values["name"], values["protocol"]["name"]],
        config=plan.identity | uses | {"n_sequences": len(sequences)},
    )


def _tabulate(
    scores: pd.Series, values: dict[str, Any], sources: Sources, sides: Sides
) -> pd.DataFrame:
    table = sources.splits.included.set_index("patient_id").loc[scores.index]
    rows = {
        "experiment": values["name"],
        "variant": values["variant"],
        "model": "cnn",
        "sequences": values["sequences"],
        "protocol": sides.protocol,
        "seed": values["seed"],
        # A pair of folds holds out patients of both, each a row of the patient's own fold.
        "fold": table["fold"].fillna(parse_folds(values["fold"])[0]),
        "split": table["split"],
        "patient_id": scores.index,
        "y_true": table["target"],
        "y_score": scores,
        "score_kind": "probability",
        "y_pred": pd.NA,
    }
    return pd.DataFrame(rows, index=scores.index)[list(COLUMNS)]


def _describe(fitted: Fitted) -> str:
    before = f"{fitted.n_before} of them before an interruption, " if fitted.n_before else ""
    if fitted.best is None:
        return f"{before}no epoch chosen"
    return f"{before}best AUROC of the stopping fold {fitted.best:.3f}"


def _quiet_lightning() -> None:
    # Its announcements of devices would stand between the lines of a sweep.
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    for text in (".*does not have many workers.*", ".*isinstance.treespec, LeafSpec.*"):
        warnings.filterwarnings("ignore", text)
