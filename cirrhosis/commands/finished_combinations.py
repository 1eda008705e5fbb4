"""Combinations whose every fold is trained."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cirrhosis.commands.places import runs_of, split_file
from cirrhosis.contracts.files import hash_content
from cirrhosis.contracts.fold_names import parse_folds
from cirrhosis.contracts.predictions import check_predictions, read_predictions
from cirrhosis.contracts.run import RunFolder, RunStatus
from cirrhosis.contracts.splits import read_splits
from cirrhosis.runs.collection import find_runs

FINISHED = "finished"


@dataclass(frozen=True)
class FinishedCombination:
    """One sequence combination under one seed, all folds of it.

    Attributes:
        variant: Of the settings.
        sequences: Joined by `+`.
        seed: Of the networks.
        runs: Folder and status by fold.
    """

    variant: str
    sequences: str
    seed: int
    runs: Mapping[int, tuple[RunFolder, RunStatus]]

    @property
    def state(self) -> str:
        """A hash that changes when a fold is trained again."""
        return hash_content(
            [[status.fingerprint, status.finished] for _, status in self.runs.values()]
        )

    @property
    def identity(self) -> Mapping[str, Any]:
        """Of the first fold; the others differ from it in the fold alone."""
        return self.runs[min(self.runs)][1].identity

    def read_predictions(self) -> pd.DataFrame:
        """Return the predictions of all folds."""
        tables = [read_predictions(folder.predictions) for folder, _ in self.runs.values()]
        return check_predictions(pd.concat(tables, ignore_index=True), self.sequences)


def find_combinations(values: Mapping[str, Any], variant: str) -> list[FinishedCombination]:
    """Return the combinations of a variant whose folds are all finished, in order of name."""
    n_folds = read_splits(split_file(values)).n_folds
    found: dict[tuple[str, int], dict[int, tuple[RunFolder, RunStatus]]] = {}
    for folder, status in find_runs(runs_of(values) / variant):
        if status.state != FINISHED:
            continue
        config = status.identity["config"]
        folds = parse_folds(config["fold"])
        if len(folds) == 1:
            of_combination = found.setdefault((config["sequences"], config["seed"]), {})
            of_combination[folds[0]] = (folder, status)
    return [
        FinishedCombination(variant, sequences, seed, dict(sorted(runs.items())))
        for (sequences, seed), runs in sorted(found.items())
        if set(runs) == set(range(n_folds))
    ]
