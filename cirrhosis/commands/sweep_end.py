"""What became of the jobs of a sweep, read from the marks that they left in files.

Jobs end in other processes, perhaps on other hosts, and some are killed: nothing is known of
them but what lies in the sweep's folder and in the folders of their runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cirrhosis.commands.failed_job import ENDED, FAILED, TRACEBACK
from cirrhosis.contracts.files import read_json
from cirrhosis.contracts.run import RunFolder
from cirrhosis.runs.jobs import SweepJob
from cirrhosis.runs.overview import Overview, RunRecord, read_runs
from cirrhosis.runs.overview_table import Page, describe_tables


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
        parts = [describe_tables(self.overview, page)] if self.overview.runs else []
        n_done = len(self.jobs) - len(self.reasons) - len(self.unfinished)
        told = [f"{n_done} of {len(self.jobs)} jobs done"]
        told += [f"{len(self.reasons)} failed"] if self.reasons else []
        told += [f"{len(self.unfinished)} not finished"] if self.unfinished else []
        lines = [f"sweep: {', '.join(told)}"]
        lines += self._list(self.reasons, "failed") + self._list(self.unfinished, "not finished")
        parts.append("\n".join(lines))
        if not self.is_good:
            parts.append("the same command goes on with what is not finished")
        return "\n\n".join(parts)

    def _list(self, reasons: Mapping[int, str], title: str) -> list[str]:
        """Return the jobs by reason, because many often fail of one thing."""
        jobs = {job.number: job for job in self.jobs}
        common = set.intersection(*(set(job.overrides) for job in self.jobs))
        lines = []
        for reason in dict.fromkeys(reasons.values()):
            lines.append(f"{title}: {reason}")
            for number in sorted(number for number in reasons if reasons[number] == reason):
                own = [word for word in jobs[number].overrides if word not in common]
                place = self._place(jobs[number])
                lines.append(f"  job {number} {' '.join(own)}{f': {place}' if place else ''}")
        return lines

    def _place(self, job: SweepJob) -> Path | None:
        """Return where one reads more about a job."""
        log = RunFolder(job.folder).log if job.folder else None
        if log is not None and log.exists():
            return log
        return self.folders[job.number] / TRACEBACK if job.number in self.folders else None


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
