"""The trained models of a task: which of them may serve a patient."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_json
from cirrhosis.contracts.run import RunFolder, read_status
from cirrhosis.contracts.splits import TRAINING, Splits
from cirrhosis.runs.collection import find_runs


@dataclass(frozen=True)
class FoldModels:
    """One model per fold, none of which has seen the patients of its own fold.

    Attributes:
        folders: Run folder of each fold's model.
        folds: Fold of each training patient.
    """

    folders: Mapping[int, Path]
    folds: Mapping[str, int]

    def folders_for(self, patient_id: str) -> tuple[tuple[Path, ...], str]:
        """Return the run folders that serve a patient, and in words which they are.

        A patient of a training fold gets the one model that did not learn from it,
        everybody else all of them.
        """
        if patient_id in self.folds:
            fold = self.folds[patient_id]
            return (self.folders[fold],), f"fold {fold} (out-of-fold)"
        return tuple(self.folders.values()), f"mean of {len(self.folders)}"


def find_models(
    values: Mapping[str, Any], task: str, model_name: str, splits: Splits
) -> FoldModels:
    """Return the finished models of a task.

    Args:
        values: Plain configuration; names the folder of runs and the seed.
        task: `segmentation` or `registration`.
        model_name: `<experiment>/<variant>`.
        splits: The split whose patients are served.

    Raises:
        ContractError: If the name is no such name, a fold has no finished model, several
            combinations of sequences were trained, or a model was trained on another split.
    """
    experiment, _, variant = model_name.partition("/")
    if not experiment or not variant:
        raise ContractError(
            f"expected a model as <experiment>/<variant>, such as default/default, but got"
            f" '{model_name}'"
        )
    folder = Path(values["paths"]["runs"]).absolute() / experiment / task / variant
    found = _find_finished(folder, int(values["seed"]))
    _check_split(found, splits, folder)
    absent = sorted(set(range(splits.n_folds)) - set(found))
    if absent:
        raise ContractError(
            f"expected a finished model of each of {splits.n_folds} folds in {folder}, but"
            f" {len(absent)} have none: {first(absent)}; run `cirrhosis train task={task}"
            f" name={experiment} variant={variant} fold=all` with the same sequences and seed"
        )
    table = splits.included
    training = table[table["split"] == TRAINING]
    folds = zip(training["patient_id"], training["fold"], strict=True)
    return FoldModels(
        {fold: found[fold].folder for fold in sorted(found)},
        {str(patient): int(fold) for patient, fold in folds},
    )


def _find_finished(folder: Path, seed: int) -> dict[int, RunFolder]:
    """Return the finished run of each fold."""
    runs = [
        (run, status.identity["config"])
        for run, status in find_runs(folder)
        if status.state == "finished" and status.identity["config"]["seed"] == seed
    ]
    combinations = sorted({str(config["sequences"]) for _, config in runs})
    if len(combinations) > 1:
        raise ContractError(
            f"expected models of one combination of sequences in {folder}, but found"
            f" {first(combinations)}; give each combination a `variant` of its own"
        )
    return {int(config["fold"]): run for run, config in runs}


def _check_split(found: Mapping[int, RunFolder], splits: Splits, folder: Path) -> None:
    """Refuse models whose folds are not those of the split.

    Raises:
        ContractError: If one is.
    """
    for fold, run in found.items():
        status = read_status(run.status)
        hashes = {
            "its status": status.identity["split_hash"] if status else "",
            run.model_record.name: read_json(run.model_record)["split_hash"],
        }
        for source, found_hash in hashes.items():
            if found_hash != splits.hash:
                raise ContractError(
                    f"expected models of the split '{splits.name}' ({splits.hash[:12]}) in"
                    f" {folder}, but that of fold {fold} was trained on another"
                    f" ({found_hash[:12]}, by {source}) and may have seen the patients that it"
                    " would serve; train the task again with on_existing=force"
                )
