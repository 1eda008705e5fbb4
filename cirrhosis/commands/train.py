"""Train one run or, with -m, a sweep: `cirrhosis train sequences=t1+t2 fold=0`."""

import logging
import os
from collections.abc import Callable

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from cirrhosis.commands.configuration import plain
from cirrhosis.commands.devices import count_ranks
from cirrhosis.commands.fitted import Fitted
from cirrhosis.commands.fold_plan import FoldRun, plan_fold
from cirrhosis.commands.job_device import choose_device
from cirrhosis.commands.placement import Placement, check_external, find_placement
from cirrhosis.commands.prediction_table import tabulate_predictions
from cirrhosis.commands.ranks import fit_on_ranks
from cirrhosis.commands.run_sources import open_sources
from cirrhosis.commands.sweep_strategy import refuse_strategy
from cirrhosis.commands.training_run import working_on
from cirrhosis.contracts.fold_names import list_pairs, name_folds, parse_folds
from cirrhosis.contracts.predictions import read_predictions, write_predictions
from cirrhosis.contracts.sequences import join_sequences, parse_sequences
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.runs.identity import name_variant
from cirrhosis.statistics.discrimination import auroc

log = logging.getLogger("cirrhosis")


def run(config: DictConfig) -> float | None:
    """Train the fold asked for, or all folds in turn.

    Returns:
        The out-of-fold AUROC of the held-out patients (for `fold=all` the mean over folds,
        for `fold=pairs` over pairs of folds),
        for the eye and for a log. Optimisers should not maximise it: the held-out rows then
        choose the settings.
    """
    values = plain(config)
    if HydraConfig.initialized() and HydraConfig.get().mode == RunMode.MULTIRUN:
        refuse_strategy(values["trainer"]["strategy"])
    values["trainer"] = choose_device(values["trainer"])
    place = find_placement(os.environ)
    check_external(values["trainer"], place)
    if values["sequences"] == "chosen":
        from cirrhosis.commands.fuse import read_choice

        values["sequences"] = read_choice(values, values["chosen_from"])["sequences"]
    values["sequences"] = join_sequences(parse_sequences(values["sequences"]))
    values["variant"] = values["variant"] or name_variant(HydraConfig.get().overrides.task)
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
    aurocs = [_train_fold(fold, place, n_ranks) for fold in folds]
    known = [value for value in aurocs if value is not None]
    return sum(known) / len(known) if known else None


def _list_folds(value: int | str, n_folds: int) -> list[tuple[int, ...]]:
    several = {"all": [str(fold) for fold in range(n_folds)], "pairs": list_pairs(n_folds)}
    return [parse_folds(name) for name in several.get(str(value), [str(value)])]


def _train_fold(fold: FoldRun, place: Placement, n_ranks: int) -> float | None:
    values, folder = fold.values, fold.plan.folder
    label = f"{values['sequences']} seed {values['seed']} fold {values['fold']}"
    with working_on(fold.plan, values) as work:
        if work is None:
            log.info("%s: finished before, skipped", label)
        else:
            if fold.sides.note:
                log.warning("%s: %s", label, fold.sides.note)
            fitted = _fit(fold, place, n_ranks, work.beat)
            rows = tabulate_predictions(fitted.y_score, values, fold.sources.splits, fold.sides)
            write_predictions(rows, folder.predictions)
            work.best = fitted.best
            log.info("%s: %d epochs, %s", label, fitted.n_epochs, _describe(fitted))
    predictions = read_predictions(folder.predictions)
    out_of_fold = predictions[predictions["split"] == TRAINING]
    return auroc(out_of_fold["y_true"], out_of_fold["y_score"]).value


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
