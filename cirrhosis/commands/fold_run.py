"""Fits one planned run, from the store's slices to the probability of every patient."""

from collections.abc import Callable

from pytorch_lightning import Callback

from cirrhosis.commands.fitted import Fitted
from cirrhosis.commands.fitting import fit_and_predict
from cirrhosis.commands.fold_plan import FoldRun
from cirrhosis.commands.fold_tracking import show_inputs, track_fold
from cirrhosis.commands.heartbeat import Heartbeat
from cirrhosis.commands.placement import Placement, place_trainer
from cirrhosis.commands.process_settings import set_process
from cirrhosis.commands.run_classifier import build_classifier
from cirrhosis.commands.run_data import build_data
from cirrhosis.commands.run_logger import open_logger
from cirrhosis.tracking.closing import close_logger


def fit_fold(run: FoldRun, place: Placement, beat: Callable[[], None] | None) -> Fitted:
    """Train and predict, alone or as one of several processes that all call this.

    Args:
        run: What is trained.
        place: Of this process; only the first logs and writes.
        beat: Gives a sign of life; None where another process gives it.
    """
    values, sources, sides = run.values, run.sources, run.sides
    set_process(values)
    values = values | {"trainer": place_trainer(values["trainer"], place)}
    table = sources.splits.included.set_index("patient_id")["target"]
    targets = {str(name): int(target) for name, target in table.items()}
    data = build_data(targets, sides, values, folder=sources.folder, manifest=sources.manifest)
    classifier = build_classifier(values, data)
    logger = open_logger(values, run.plan) if place.is_first else None
    extra: list[Callback] = [Heartbeat(beat)] if beat else []
    extra += show_inputs(run, logger, data.n_slices)
    failed = True
    try:
        fitted = fit_and_predict(
            classifier, data, run.plan.folder, values, logger=logger, extra=extra
        )
        track_fold(run, logger, fitted.y_score)
        failed = False
    finally:
        close_logger(logger, failed=failed)
    return fitted
