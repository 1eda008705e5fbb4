"""What became of the runs behind the comparison of combinations, and whom they left out."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cirrhosis.commands.places import runs_of
from cirrhosis.contracts.left_out import RULES, make_left_out, read_left_out
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.runs.overview import STATES, RunRecord, read_overview

COLUMNS = (
    "sequences",
    "seed",
    "n_folds",
    *(f"n_{state}" for state in STATES),
    "n_left_out",
    "reason",
)


def describe_runs(values: Mapping[str, Any], variant: str, *, n_folds: int) -> pd.DataFrame:
    """Return a row per combination and seed of a variant: its runs by state, and why some failed.

    A fold without a run is pending. Runs that hold out two folds are for the nested fusion
    and are not counted. `n_left_out` counts the training patients whom the combination does
    not use because a sequence is missing.
    """
    groups: dict[tuple[str, int], list[RunRecord]] = {}
    for run in _list_runs(values, variant):
        groups.setdefault((run.sequences, run.seed), []).append(run)
    rows = [
        {"sequences": sequences, "seed": seed, "n_folds": n_folds} | _count(runs, n_folds)
        for (sequences, seed), runs in groups.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def find_left_out(values: Mapping[str, Any], variant: str, sequences: str) -> pd.DataFrame:
    """Return whom the runs of a combination do not use because a sequence is missing."""
    runs = [
        run
        for run in _list_runs(values, variant)
        if run.sequences == sequences and run.seed == values["seed"]
    ]
    return _read_incomplete(runs)


def _list_runs(values: Mapping[str, Any], variant: str) -> list[RunRecord]:
    folder, seconds = runs_of(values) / variant, values["takeover_seconds"]
    overview = read_overview(folder, takeover_seconds=seconds)
    return [run for run in overview.runs if "-" not in run.fold]


def _count(runs: list[RunRecord], n_folds: int) -> dict[str, Any]:
    counts = {f"n_{state}": sum(run.state == state for run in runs) for state in STATES}
    counts["n_pending"] += n_folds - len(runs)
    failed = [f"fold {run.fold}: {run.reason}" for run in runs if run.state == "failed"]
    left_out = _read_incomplete(runs)
    n_left_out = int((left_out["split"] == TRAINING).sum())
    return counts | {"n_left_out": n_left_out, "reason": "; ".join(failed)}


def _read_incomplete(runs: list[RunRecord]) -> pd.DataFrame:
    # Every fold of a combination leaves out the same patients.
    finished = [run for run in runs if run.state == "finished"]
    table = read_left_out(finished[0].folder.folder) if finished else make_left_out()
    return table[table["reason"].isin(RULES)]
