"""Finds the runs and results that a command works on."""

from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.runs.collection import collect_predictions


def find_variant(values: dict[str, Any], parent: Path) -> str:
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


def runs_of(values: dict[str, Any]) -> Path:
    """Return the folder of an experiment's runs."""
    return Path(values["paths"]["runs"]) / values["name"] / values["task"]["name"]


def results_of(values: dict[str, Any], variant: str) -> Path:
    """Return the folder of a variant's results."""
    return Path(values["paths"]["results"]) / values["name"] / variant


def read_cnn_rows(values: dict[str, Any], variant: str) -> pd.DataFrame:
    """Return the predictions of all finished networks of a variant and the seed asked for."""
    rows = collect_predictions(runs_of(values) / variant)
    chosen = rows[rows["seed"] == values["seed"]]
    if chosen.empty:
        raise ContractError(
            f"expected runs with seed {values['seed']}, but those of '{variant}' have"
            f" {first(sorted(rows['seed'].unique()))}; set `seed`"
        )
    return chosen
