"""Finds the runs and results that a command works on."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.commands.places import runs_of, split_file
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.split_agreement import check_agreement
from cirrhosis.contracts.splits import read_splits
from cirrhosis.runs.collection import collect_pairs, collect_predictions

# Of `fusion.sequences`: no network at all.
NO_SEQUENCES = "none"
CLINICAL = "clinical"


def choose_variant(values: Mapping[str, Any]) -> str:
    """Return the variant that `fuse` and `evaluate` work on.

    The one asked for; else `clinical` if no network takes part, the variant written in the
    table of `predictions`, or the only variant that was trained.

    Raises:
        ContractError: If there is none, or several and none is named.
    """
    if values["variant"] or not (is_clinical_only(values) or values["predictions"]):
        return find_variant(values, runs_of(values))
    if is_clinical_only(values):
        return CLINICAL
    found = sorted(read_predictions(Path(values["predictions"]))["variant"].unique())
    if len(found) != 1:
        raise ContractError(
            f"expected one variant in {values['predictions']}, found {first(found)}; name one"
            " with `variant=...`"
        )
    return str(found[0])


def find_variant(values: Mapping[str, Any], parent: Path) -> str:
    """Return the variant asked for, or the only one below `parent`.

    Raises:
        ContractError: If there is none, or several and none is named.
    """
    if values["variant"]:
        return str(values["variant"])
    found = (
        sorted(path.name for path in parent.iterdir() if path.is_dir()) if parent.is_dir() else []
    )
    if "default" in found:
        return "default"
    if len(found) != 1:
        raise ContractError(
            f"expected one variant in {parent}, but found {first(found) or 'none'}; name one with"
            " `variant=...`, or run the stage before this one with the same experiment"
        )
    return found[0]


def is_clinical_only(values: Mapping[str, Any]) -> bool:
    """Return whether blood tests alone are fused."""
    return bool(values["fusion"]["sequences"] == NO_SEQUENCES)


def results_of(values: Mapping[str, Any], variant: str) -> Path:
    """Return the folder of a variant's results."""
    return Path(values["paths"]["results"]) / values["name"] / variant


def read_network_rows(values: Mapping[str, Any], variant: str) -> pd.DataFrame:
    """Return the predictions of all networks of a variant, of every combination and seed.

    Those of finished runs, or of the table that `predictions` names.

    Raises:
        ContractError: If there is none, runs are of different splits or data, or the table does
            not agree with the split.
    """
    if values["predictions"]:
        return _read_outside(Path(values["predictions"]), split_file(values), variant)
    return collect_predictions(runs_of(values) / variant)


def select_seed(rows: pd.DataFrame, values: Mapping[str, Any], variant: str) -> pd.DataFrame:
    """Return the rows of the seed asked for.

    Raises:
        ContractError: If no network has it.
    """
    chosen = rows[rows["seed"] == values["seed"]]
    if chosen.empty:
        raise ContractError(
            f"expected networks of seed {values['seed']}, but those of '{variant}' have"
            f" {first(sorted(rows['seed'].unique()))}; set `seed`"
        )
    return chosen


def read_pair_rows(values: Mapping[str, Any], variant: str) -> pd.DataFrame | None:
    """Return the rows of networks that hold out two folds; None unless fusion is nested.

    Raises:
        ContractError: If the networks were trained elsewhere, whose table has no such rows.
    """
    if not values["fusion"]["nested"]:
        return None
    if values["predictions"]:
        raise ContractError(
            f"expected fusion.nested=false with the table {values['predictions']}: it has no rows"
            " of networks that hold out two folds"
        )
    return collect_pairs(runs_of(values) / variant)


def _read_outside(path: Path, splits: Path, variant: str) -> pd.DataFrame:
    rows = check_agreement(read_predictions(path), read_splits(splits).table, path)
    others = sorted(set(rows["model"]) - {"cnn"})
    if others:
        raise ContractError(
            f"{path}: expected rows of the model 'cnn' alone, found {first(others)}; the other"
            " models are made by fuse"
        )
    experiments = sorted(rows["experiment"].unique())
    if len(experiments) > 1:
        raise ContractError(
            f"{path}: expected rows of one experiment, found {first(experiments)}; keep one"
        )
    own = rows[rows["variant"] == variant]
    if own.empty:
        raise ContractError(
            f"{path}: expected rows of the variant '{variant}', found"
            f" {first(sorted(rows['variant'].unique()))}; set `variant`"
        )
    return own.reset_index(drop=True)
