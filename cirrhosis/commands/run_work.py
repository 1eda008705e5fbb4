"""Brings one planned run to its end, unless it is finished or another process works on it."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from cirrhosis.commands.existing_run import RunPlan
from cirrhosis.commands.sweep_mode import is_listed_sweep
from cirrhosis.commands.training_run import working_on
from cirrhosis.contracts.run import read_status
from cirrhosis.runs.claim import RunClaimedError

log = logging.getLogger("cirrhosis")


def name_run(values: Mapping[str, Any]) -> str:
    """Return how a run is called between the lines of a sweep."""
    return f"{values['sequences']} seed {values['seed']} fold {values['fold']}"


def finish_run(
    plan: RunPlan, values: dict[str, Any], fit: Callable[[Callable[[], None]], float | None]
) -> float | None:
    """Return the best value of a run that is finished now; None without one.

    Args:
        plan: Where the run lives and what it depends on.
        values: Its configuration.
        fit: Trains it and writes what it leaves; gets what gives a sign of life and returns
            the best value of what it watches, if it watches anything.

    Raises:
        RunClaimedError: If another process works on it and this is no job of a sweep; there
            the run is left to that process.
    """
    label = name_run(values)
    try:
        with working_on(plan, values) as work:
            if work is None:
                log.info("%s: finished before, skipped", label)
            else:
                work.best = fit(work.beat)
    except RunClaimedError as error:
        if not is_listed_sweep():
            raise
        log.info("%s: left to the process that works on it. %s", label, error)
        return None
    status = read_status(plan.folder.status)
    return status.best if status else None
