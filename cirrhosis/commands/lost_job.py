"""A job of a sweep that ended without a word: its host died, or a queue ended it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hydra.core.utils import JobReturn, JobStatus

from cirrhosis.commands.failed_job import ENDED, record_failure
from cirrhosis.commands.worker_jobs import JobFailedError
from cirrhosis.contracts.run import RunFolder
from cirrhosis.runs.ending import mark_failed
from cirrhosis.runs.jobs import find_job

log = logging.getLogger("cirrhosis")


@dataclass(frozen=True)
class Loss:
    """What is known of a job that left no result.

    Attributes:
        reason: One sentence.
        text: What the job printed last, or what else there is to read.
    """

    reason: str
    text: str


def record_loss(loss: Loss, number: int, overrides: Sequence[str], sweep_dir: Path) -> JobReturn:
    """Record the job as failed, and its run unless another process works on it.

    Returns:
        What the sweep gets in place of a result.
    """
    log.error("job %d: %s", number, loss.reason)
    job = find_job(sweep_dir, number)
    if job is not None and job.folder is not None:
        mark_failed(RunFolder(job.folder), loss.reason)
    folder = sweep_dir / str(number)
    record_failure(folder, overrides, reason=loss.reason, text=loss.text)
    (folder / ENDED).touch()
    error = JobFailedError(loss.reason)
    return JobReturn(list(overrides), status=JobStatus.FAILED, _return_value=error)
