"""The jobs of a sweep in worker processes, as the launcher `workers` runs them."""

import contextlib
import logging
import pickle
import sys
from collections.abc import Mapping, Sequence

from hydra.core.utils import JobReturn

from cirrhosis.commands.interruption import interruptible
from cirrhosis.commands.lost_job import Loss, record_loss
from cirrhosis.commands.sweep_launcher import open_sweep
from cirrhosis.commands.worker_jobs import SweepContext
from cirrhosis.runs.worker_pool import run_in_workers
from cirrhosis.runs.worker_slots import Slot

log = logging.getLogger("cirrhosis")
COMMAND = (sys.executable, "-m", "cirrhosis.commands.worker_process")


def run_jobs(
    context: SweepContext, slots: Sequence[Slot], jobs: Mapping[int, list[str]]
) -> list[JobReturn]:
    """Run the jobs and return what they did, in their order.

    A job that fails or whose worker dies is recorded in its folder at once, and the others
    go on.

    Args:
        context: What the jobs share.
        slots: At most one worker each.
        jobs: Overrides of each, by number.
    """
    folder = open_sweep(context.config)
    slots = slots[: len(jobs)]
    log.info("%d jobs, %s", len(jobs), _describe(slots))
    results: dict[int, JobReturn] = {}
    answers = run_in_workers(jobs, slots, command=COMMAND, opening=pickle.dumps(context))
    # Closed at once, whatever ends the loop: the workers end with it.
    with interruptible(), contextlib.closing(answers):
        for answer in answers:
            result = answer.result
            if answer.death:
                loss = Loss(
                    answer.death, f"{answer.death}\nThe run's own log tells how far it was."
                )
                result = record_loss(loss, answer.number, jobs[answer.number], folder)
            results[answer.number] = result
    return [results[number] for number in jobs]


def _describe(slots: Sequence[Slot]) -> str:
    devices = sorted({slot.device for slot in slots if slot.device is not None})
    where = f", GPU {', '.join(devices)}" if devices else ""
    return f"{len(slots)} at a time, {slots[0].threads} threads each{where}"
