"""What became of the jobs of a sweep, read from the marks that they left in files.

Jobs end in other processes, perhaps on other hosts, and some are killed: nothing is known of
them but what lies in the sweep's folder and in the folders of their runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cirrhosis.contracts.files import read_json
from cirrhosis.runs.jobs import SweepJob
from cirrhosis.runs.overview import Overview, RunRecord, read_runs
from cirrhosis.runs.overview_table import Page, describe_overview

FAILED = "failed.json"
ENDED = "ended"
TRACEBACK = "traceback.txt"


@dataclass(frozen=True)
class SweepEnd:
    """What became of a sweep.

    Attributes:
        jobs: All of them.
        overview: Of the runs that they were to train.
        reasons: Why jobs failed, by number.
        folders: Of failed jobs, by number.
        unfinished: What else is not done, by number of the job.
    """

    jobs: Sequence[SweepJob]
    overview: Overview
    reasons: Mapping[int, str]
    folders: Mapping[int, Path]
    unfinished: Mapping[int, str]

    @property
    def is_good(self) -> bool:
        """Whether all that was asked for is done."""
        return not self.reasons and not self.unfinished

    def describe(self, page: Page) -> str:
        """Return the table of runs, and every job that is not done with the reason."""
        parts = [describe_overview(self.overview, page)] if self.overview.runs else []
        n_done = len(self.jobs) - len(self.reasons) - len(self.unfinished)
        told = [f"{n_done} of {len(self.jobs)} jobs done"]
        told += [f"{len(self.reasons)} failed"] if self.reasons else []
        told += [f"{len(self.unfinished)} not finished"] if self.unfinished else []
        parts.append(f"sweep: {', '.join(told)}")
        for number in sorted({*self.reasons, *self.unfinished}):
            parts[-1] += "\n" + self._describe_job(number)
        if not self.is_good:
            parts.append("the same command goes on with what is not finished")
        return "\n\n".join(parts)

    def _describe_job(self, number: int) -> str:
        words = " ".join(self._telling(number))
        if number not in self.reasons:
            return f"  job {number}: {words}\n    {self.unfinished[number]}"
        trace = self.folders[number] / TRACEBACK
        return f"  job {number}: {words}\n    {self.reasons[number]}\n    {trace}"

    def _telling(self, number: int) -> list[str]:
        """Return what a job sets that not all set."""
        common = set.intersection(*(set(job.overrides) for job in self.jobs))
        own = next(job for job in self.jobs if job.number == number).overrides
        return [word for word in own if word not in common] or list(own)


def clear_marks(folder: Path) -> None:
    """Remove what an earlier sweep left in the same folder."""
    for name in (FAILED, ENDED, TRACEBACK):
        for path in folder.glob(f"*/{name}"):
            path.unlink()


def count_ended(folder: Path) -> int:
    """Return how many jobs have ended, well or not."""
    return len({path.parent for name in (ENDED, FAILED) for path in folder.glob(f"*/{name}")})


def read_end(jobs: Sequence[SweepJob], folder: Path, *, takeover_seconds: float) -> SweepEnd:
    """Return what became of the jobs of the sweep in `folder`."""
    overview = read_runs(
        {job.folder for job in jobs if job.folder}, takeover_seconds=takeover_seconds
    )
    runs = {run.folder.folder: run for run in overview.runs}
    failures = _read_failures(jobs, folder)
    ended = {path.parent.name for path in folder.glob(f"*/{ENDED}")}
    unfinished = {}
    for job in jobs:
        run = runs.get(job.folder) if job.folder else None
        text = _explain(run) if run else "" if str(job.number) in ended else "it was not begun"
        if text and job.number not in failures:
            unfinished[job.number] = text
    return SweepEnd(
        jobs=jobs,
        overview=overview,
        reasons={number: str(record["reason"]) for number, (record, _) in failures.items()},
        folders={number: place for number, (_, place) in failures.items()},
        unfinished=unfinished,
    )


def _read_failures(
    jobs: Sequence[SweepJob], folder: Path
) -> dict[int, tuple[dict[str, Any], Path]]:
    # Whoever names the folders of jobs otherwise is understood by their overrides.
    numbers = {job.overrides: job.number for job in jobs}
    found = {}
    for path in folder.glob(f"*/{FAILED}"):
        record = read_json(path)
        number = numbers.get(tuple(record["overrides"]))
        if path.parent.name.isdigit():
            number = int(path.parent.name)
        if number is not None:
            found[number] = (record, path.parent)
    return found


def _explain(run: RunRecord) -> str:
    return {
        "finished": "",
        "running": f"another process works on it: {run.owner}",
        "stale": f"its process is gone: {run.owner}",
        "failed": run.reason,
        "pending": "it was not begun",
    }[run.state]
