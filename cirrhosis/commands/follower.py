"""A process beside the first of a run that torchrun or srun started."""

import logging

from cirrhosis.commands.existing_run import is_done
from cirrhosis.commands.fold_plan import FoldRun
from cirrhosis.commands.fold_run import fit_fold
from cirrhosis.commands.placement import Placement


def follow(fold: FoldRun, place: Placement) -> None:
    """Train along, unless the run is finished; only a log is written.

    What the first process finds this one finds too: until both have trained the run,
    nobody can finish it.
    """
    if is_done(fold.plan):
        return
    log = fold.plan.folder.folder / f"rank-{place.rank}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(log, mode="w")
    root = logging.getLogger()
    before, root.handlers = root.handlers, [handler]
    try:
        fit_fold(fold, place, beat=None)
    finally:
        root.handlers = before
        handler.close()
