"""The record of a job of a sweep that failed."""

import json
from collections.abc import Iterable
from pathlib import Path

# What a job leaves in its folder, inside the sweep's.
ENDED = "ended"
FAILED = "failed.json"
TRACEBACK = "traceback.txt"


def record_failure(folder: Path, overrides: Iterable[str], *, reason: str, text: str) -> None:
    """Leave what is known of the failure in the job's folder; the end of the sweep reads it.

    Args:
        folder: Of the job, inside the sweep's.
        overrides: What the job sets.
        reason: One sentence.
        text: The traceback, or what else there is to read.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = {"overrides": list(overrides), "reason": reason}
    (folder / FAILED).write_text(json.dumps(record, indent=2))
    (folder / TRACEBACK).write_text(text)


def describe_composition(error: BaseException) -> str:
    """Return in one line why a configuration does not compose.

    Hydra's text ends with the folders it searched, one per line, the same for all jobs.
    """
    cause = error.__cause__ or error
    text = f"{type(cause).__name__}: {cause}" if not str(error) else str(error)
    return " ".join(text.split("\nConfig search path:")[0].split())
