"""One run from its configuration: planned before it starts, then fitted."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytorch_lightning import Callback

from cirrhosis.commands.fitting import Fitted, fit_and_predict
from cirrhosis.commands.heartbeat import Heartbeat
from cirrhosis.commands.placement import Placement, place_trainer
from cirrhosis.commands.run_classifier import build_classifier
from cirrhosis.commands.run_data import build_data
from cirrhosis.commands.run_logger import open_logger
from cirrhosis.commands.run_sources import Sources
from cirrhosis.commands.training_run import RunPlan
from cirrhosis.contracts.fold_names import parse_folds
from cirrhosis.contracts.run import run_folder
from cirrhosis.contracts.sides import Sides, check_sides, choose_sides
from cirrhosis.runs.identity import make_identity
from cirrhosis.tracking.wandb_run import close_wandb


@dataclass(frozen=True)
class FoldRun:
    """A run before it starts.

    Attributes:
        values: Plain configuration; `fold` names one fold or one pair.
        sources: Store and split.
        sides: Who trains, stops and is predicted.
        plan: Where it lives and what it depends on.
    """

    values: dict[str, Any]
    sources: Sources
    sides: Sides
    plan: RunPlan


def plan_fold(values: dict[str, Any], sources: Sources, *, n_ranks: int) -> FoldRun:
    """Return the run that the configuration asks for.

    Args:
        values: Plain configuration; `fold` names one fold or one pair.
        sources: Store and split.
        n_ranks: How many processes train it; several give another result than one.

    Raises:
        ContractError: If the split has no such fold.
    """
    held_out = parse_folds(values["fold"])
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
        fold=str(values["fold"]),
    )
    identity = make_identity(
        values,
        split_hash=sources.splits.hash,
        data_hash=sources.manifest.data_hash,
        n_ranks=n_ranks,
    )
    plan = RunPlan(
        folder,
        identity,
        values["on_existing"],
        values["on_code_change"],
        values["takeover_seconds"],
    )
    return FoldRun(values, sources, sides, plan)


def fit_fold(run: FoldRun, place: Placement, beat: Callable[[], None] | None) -> Fitted:
    """Train and predict, alone or as one of several processes that all call this.

    Args:
        run: What is trained.
        place: Of this process; only the first logs and writes.
        beat: Gives a sign of life; None where another process gives it.
    """
    values, sources, sides = run.values, run.sources, run.sides
    values = values | {"trainer": place_trainer(values["trainer"], place)}
    table = sources.splits.included.set_index("patient_id")["target"]
    targets = {str(name): int(target) for name, target in table.items()}
    data = build_data(targets, sides, values, folder=sources.folder, manifest=sources.manifest)
    classifier = build_classifier(values, n_channels=data.n_channels, stops=bool(sides.stopping))
    logger = open_logger(values, run.plan) if place.is_first else None
    extra: list[Callback] = [Heartbeat(beat)] if beat else []
    failed = True
    try:
        fitted = fit_and_predict(
            classifier, data, run.plan.folder, values, logger=logger, extra=extra
        )
        failed = False
    finally:
        close_wandb(logger, failed=failed)
    return fitted
