"""The trials of a search as a table that is read without its sweeper."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.commands.failed_job import FAILED
from cirrhosis.commands.trial import read_trial

NAMES = ("trial", "state", "chosen", "auroc_stopping")


def tabulate_trials(folder: Path, parameters: Sequence[str]) -> pd.DataFrame:
    """Return one row per trial that has ended, in their order.

    The first of the best is chosen. Its value is the highest of many and so higher than what
    the same settings would give on other patients.

    Args:
        folder: Of the sweep; each job has a numbered folder in it.
        parameters: Names of what is searched over.
    """
    jobs = sorted((job for job in folder.iterdir() if job.name.isdecimal()), key=_number)
    rows = [row for job in jobs if (row := _describe(job, parameters))]
    table = pd.DataFrame(rows, columns=[*NAMES, *parameters] if not rows else None)
    if table["auroc_stopping"].notna().any():
        table.loc[table["auroc_stopping"].astype(float).idxmax(), "chosen"] = True
    return table


def _number(job: Path) -> int:
    return int(job.name)


def _describe(job: Path, parameters: Sequence[str]) -> dict[str, Any]:
    trial, failure = read_trial(job), job / FAILED
    row: dict[str, Any] = {"trial": int(job.name), "chosen": False}
    if trial is not None:
        row |= {"state": "finished", "auroc_stopping": trial.objective, "minutes": trial.minutes}
        row |= {"variant": trial.variant, "folder": trial.folder, "reason": None}
        values = split_overrides(trial.overrides)
        folds = {f"auroc_stopping_fold_{fold}": best for fold, best in trial.stopping.items()}
    elif failure.exists():
        record = json.loads(failure.read_text())
        row |= {"state": "failed", "auroc_stopping": None, "minutes": None}
        row |= {"variant": None, "folder": None, "reason": record["reason"]}
        values, folds = split_overrides(record["overrides"]), {}
    else:
        return {}
    ends = {name: row.pop(name) for name in ("minutes", "variant", "folder", "reason")}
    first = {name: row[name] for name in NAMES}
    return first | {name: values.get(name) for name in parameters} | folds | ends


def split_overrides(overrides: Iterable[str]) -> dict[str, str]:
    """Return the overrides of a job as names and values."""
    return dict(text.split("=", 1) for text in overrides)
