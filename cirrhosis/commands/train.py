"""Train one run or, with -m, a sweep: `cirrhosis train sequences=t1+t2 fold=0`."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from cirrhosis.commands.configuration import plain
from cirrhosis.commands.devices import count_ranks
from cirrhosis.commands.fitted import Fitted
from cirrhosis.commands.fold_plan import FoldRun, plan_fold
from cirrhosis.commands.left_out_patients import record_left_out
from cirrhosis.commands.objective import refuse_unsearchable
from cirrhosis.commands.placement import Placement, check_external, find_placement
from cirrhosis.commands.prediction_table import tabulate_predictions
from cirrhosis.commands.ranks import fit_on_ranks
from cirrhosis.commands.run_place import name_overrides
from cirrhosis.commands.run_sources import open_sources
from cirrhosis.commands.run_work import finish_run, name_run
from cirrhosis.commands.sweep_mode import is_multirun, is_search
from cirrhosis.commands.sweep_strategy import refuse_strategy
from cirrhosis.commands.task_dispatch import CLASSIFICATION, train_task
from cirrhosis.commands.trial import write_trial
from cirrhosis.contracts.fold_names import list_pairs, name_folds, parse_folds
from cirrhosis.contracts.predictions import write_predictions
from cirrhosis.contracts.sequences import join_sequences, parse_sequences
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.statistics.discrimination import auroc

log = logging.getLogger("cirrhosis")


def run(config: DictConfig) -> float | None:
    """Train the fold asked for, or all folds in turn.

    Returns:
        What an optimiser maximises: the mean over folds of the best value on the stopping
        rows, for `fold=pairs` over pairs of folds; finished runs that are skipped count too.
        Held-out rows choose nothing: their AUROC is logged only. None if a fold has no
        stopping rows or is another process's.

    Raises:
        ContractError: If a search asks and there is nothing that it may go by.
    """
    values = plain(config)
    if is_multirun():
        refuse_strategy(values["trainer"]["strategy"])
    place = find_placement(os.environ)
    check_external(values["trainer"], place)
    if values["sequences"] == "chosen":
        from cirrhosis.commands.fuse import read_choice

        values["sequences"] = read_choice(values, values["chosen_from"])["sequences"]
    values["sequences"] = join_sequences(parse_sequences(values["sequences"]))
    values["variant"] = values["variant"] or name_overrides(HydraConfig.get().overrides.task)
    if values["task"]["name"] != CLASSIFICATION:
        return train_task(values, place)
    sources = open_sources(values)
    n_ranks = place.n_ranks if place.n_ranks > 1 else count_ranks(values["trainer"])
    folds = [
        plan_fold(values | {"fold": name_folds(folds)}, sources, n_ranks=n_ranks)
        for folds in _list_folds(values["fold"], sources.splits.n_folds)
    ]
    if not place.is_first:
        from cirrhosis.commands.follower import follow

        for fold in folds:
            follow(fold, place)
        return None
    if is_search():
        refuse_unsearchable([fold.sides for fold in folds])
    best = [value for fold in folds if (value := _train_fold(fold, place, n_ranks)) is not None]
    if is_search():
        hydra = HydraConfig.get()
        write_trial(folds, hydra.overrides.task, Path(hydra.runtime.output_dir))
    return sum(best) / len(best) if len(best) == len(folds) else None


def _list_folds(value: int | str, n_folds: int) -> list[tuple[int, ...]]:
    several = {"all": [str(fold) for fold in range(n_folds)], "pairs": list_pairs(n_folds)}
    return [parse_folds(name) for name in several.get(str(value), [str(value)])]


def _train_fold(fold: FoldRun, place: Placement, n_ranks: int) -> float | None:
    """Return the best value on the stopping rows of a run that is finished now."""
    label = name_run(fold.values)
    return finish_run(
        fold.plan,
        fold.values,
        lambda beat: _fit_and_write(fold, place, n_ranks, beat, label=label),
    )


def _fit_and_write(
    fold: FoldRun, place: Placement, n_ranks: int, beat: Callable[[], None], *, label: str
) -> float | None:
    if fold.sides.note:
        log.warning("%s: %s", label, fold.sides.note)
    record_left_out(fold.sources.left_out, fold.plan.folder.folder)
    fitted = _fit(fold, place, n_ranks, beat)
    rows = tabulate_predictions(fitted.y_score, fold.values, fold.sources.splits, fold.sides)
    # Before what another process may have written by now is replaced.
    beat()
    write_predictions(rows, fold.plan.folder.predictions)
    out_of_fold = rows[rows["split"] == TRAINING]
    log.info(
        "%s: %d epochs, %s; AUROC of the held-out fold %s",
        label,
        fitted.n_epochs,
        _describe(fitted),
        _text(auroc(out_of_fold["y_true"], out_of_fold["y_score"]).value),
    )
    return fitted.best


def _fit(fold: FoldRun, place: Placement, n_ranks: int, beat: Callable[[], None]) -> Fitted:
    if n_ranks > place.n_ranks:
        return fit_on_ranks(fold.values, fold.plan.folder, n_ranks=n_ranks, beat=beat)
    # Only who trains loads torch: not who watches, nor who finds the run finished.
    from cirrhosis.commands.fold_run import fit_fold

    return fit_fold(fold, place, beat)


def _describe(fitted: Fitted) -> str:
    before = f"{fitted.n_before} of them before an interruption, " if fitted.n_before else ""
    if fitted.best is None:
        return f"{before}no epoch chosen"
    return f"{before}best AUROC of the stopping fold {fitted.best:.3f}"


def _text(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.3f}"
