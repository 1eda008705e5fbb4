"""The jobs of a sweep, written down before the first one starts."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cirrhosis.contracts.files import read_json, write_json

FILE = "jobs.json"


@dataclass(frozen=True)
class SweepJob:
    """One job of a sweep.

    Attributes:
        number: Its place in the sweep, from 0; also the name of its folder there.
        overrides: What it sets.
        folder: Of its run; None if its configuration could not be composed, or if the
            command makes no runs.
    """

    number: int
    overrides: tuple[str, ...]
    folder: Path | None


def write_jobs(jobs: Iterable[SweepJob], sweep_dir: Path) -> None:
    """Write the jobs into the sweep's folder, whole or not at all."""
    content = [
        {
            "number": job.number,
            "overrides": list(job.overrides),
            "folder": None if job.folder is None else str(job.folder),
        }
        for job in jobs
    ]
    write_json(content, sweep_dir / FILE)


def read_jobs(sweep_dir: Path) -> list[SweepJob]:
    """Return the jobs of a sweep in their order.

    Raises:
        ContractError: If the folder has none written down.
    """
    return [
        SweepJob(
            number=entry["number"],
            overrides=tuple(entry["overrides"]),
            folder=None if entry["folder"] is None else Path(entry["folder"]),
        )
        for entry in read_json(sweep_dir / FILE)
    ]


def find_job(sweep_dir: Path, number: int) -> SweepJob | None:
    """Return a job of a sweep; None if none of its number is written down."""
    if not (sweep_dir / FILE).exists():
        return None
    return next((job for job in read_jobs(sweep_dir) if job.number == number), None)
