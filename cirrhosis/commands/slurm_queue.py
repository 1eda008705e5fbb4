"""What Slurm's queue says of jobs; its accounts are not asked, many clusters keep none."""

import logging
import subprocess
import time
from collections.abc import Iterator, Mapping

from submitit import Job

log = logging.getLogger("cirrhosis")

RESULT_SECONDS = 1.0  # between two looks for the results
QUEUE_SECONDS = 15.0  # between two questions to Slurm
# A result may need so long to arrive on a network file system, and a requeued job to be listed.
GRACE_SECONDS = 20.0
ENDED = {
    "BOOT_FAIL",
    "CANCELLED",
    "COMPLETED",
    "DEADLINE",
    "FAILED",
    "NODE_FAIL",
    "OUT_OF_MEMORY",
    "PREEMPTED",
    "REVOKED",
    "SPECIAL_EXIT",
    "TIMEOUT",
}


def await_jobs(jobs: Mapping[int, Job[object]]) -> Iterator[tuple[int, str]]:
    """Yield the number of each job that ends, with Slurm's word for a job without a result.

    The word is empty where there is a result. A job that Slurm starts again goes on.
    """
    for ended in watch_jobs(jobs):
        yield from ended.items()


def watch_jobs(jobs: Mapping[int, Job[object]]) -> Iterator[dict[int, str]]:
    """Yield at each look the jobs that have ended since the last, until none is left.

    Each has Slurm's word if it left no result, else an empty one.
    """
    waiting = dict(jobs)
    gone: dict[int, float] = {}
    asked = time.monotonic()
    while waiting:
        time.sleep(RESULT_SECONDS)
        ended = {number: "" for number, job in waiting.items() if has_result(job)}
        waiting = {number: job for number, job in waiting.items() if number not in ended}
        states = None
        if time.monotonic() - asked >= QUEUE_SECONDS:
            asked = time.monotonic()
            states = read_states()
        if states is not None:
            words = _find_ended(waiting, states)
            gone = {number: gone.get(number, asked) for number in words}
            ended |= {n: words[n] for n, since in gone.items() if asked - since >= GRACE_SECONDS}
            waiting = {number: job for number, job in waiting.items() if number not in ended}
        yield ended


def _find_ended(waiting: Mapping[int, Job[object]], states: Mapping[str, str]) -> dict[int, str]:
    return {
        number: states.get(job.job_id, "no longer known")
        for number, job in waiting.items()
        if states.get(job.job_id) in ENDED | {None}
    }


def has_result(job: Job[object]) -> bool:
    """Return whether the job has left its result."""
    return bool(job.paths.result_pickle.exists())


def read_states() -> dict[str, str] | None:
    """Return the state of each of the user's jobs that Slurm knows, by id.

    None if Slurm does not answer: its controller may be starting again.
    """
    command = ["squeue", "--me", "--noheader", "--array", "--states=all", "--format=%i %T"]
    answer = subprocess.run(command, capture_output=True, text=True)
    if answer.returncode:
        log.warning("Slurm does not answer, asked again soon: %s", answer.stderr.strip())
        return None
    return dict(line.split(maxsplit=1) for line in answer.stdout.splitlines())
