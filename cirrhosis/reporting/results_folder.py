"""The results folder: what a report is made of, checked when it is read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_json, read_table
from cirrhosis.reporting.display_names import label_combinations, label_rows

TEXT_COLUMNS = ("patient_id", "variant", "experiment", "fold", "sequences", "stage", "reason")
# What each obligatory table must hold; more columns are welcome.
REQUIRED = {
    "table2.csv": ("model", "split", "n", "n_positive", "auroc", "auroc_low", "auroc_high"),
    "combinations.csv": ("sequences", "auroc", "auroc_low", "auroc_high", "chosen"),
    "roc.csv": ("model", "split", "fpr", "tpr"),
    "balance.csv": ("split", "fold", "n", "n_positive", "prevalence"),
}
OPTIONAL = {
    "flow.csv": ("step", "excluded", "remaining"),
    "fusion/importances.csv": ("fold", "variable", "gini", "permutation"),
    "fusion/collinearity.csv": ("variable", "vif"),
    "failures.csv": ("patient_id", "stage", "reason"),
}
# Without `synthetic` nobody knows whether a banner is due, so it has no default.
PROVENANCE = ("name", "variant", "protocol", "synthetic")
REMEDY = "run `cirrhosis evaluate` for these results first"


@dataclass(frozen=True)
class Results:
    """What was computed for one variant.

    Attributes:
        folder: Where it was read from.
        table2: One row per model and split, with a column `label` that names the row.
        combinations: One row per combination of sequences, with a column `label`.
        roc: Points of the curves.
        balance: Patients and prevalence per split and fold.
        flow: Exclusions step by step; None if the split came from outside.
        importances: Per fold and variable; None without a fusion.
        collinearity: Per fold and variable; None without a fusion.
        failures: Patients lost on the way; None if nobody recorded any.
        provenance: What was run, with what.
        hardness: How hard the synthetic cohort is; None for real ones.
    """

    folder: Path
    table2: pd.DataFrame
    combinations: pd.DataFrame
    roc: pd.DataFrame
    balance: pd.DataFrame
    flow: pd.DataFrame | None
    importances: pd.DataFrame | None
    collinearity: pd.DataFrame | None
    failures: pd.DataFrame | None
    provenance: dict[str, Any]
    hardness: dict[str, Any] | None


def read_results(folder: Path) -> Results:
    """Read and check a results folder.

    Raises:
        ContractError: If an obligatory file or column is absent, or Table 2 has no row.
    """
    absent = [name for name in (*REQUIRED, "provenance.json") if not (folder / name).is_file()]
    if absent:
        raise ContractError(
            f"expected result tables in {folder}, but {len(absent)} are absent: {first(absent)};"
            f" {REMEDY}"
        )
    tables = {name: _read(folder, name, columns) for name, columns in REQUIRED.items()}
    more = {
        name: _read(folder, name, columns) if (folder / name).is_file() else None
        for name, columns in OPTIONAL.items()
    }
    if tables["table2.csv"].empty:
        raise ContractError(
            f"{folder / 'table2.csv'}: expected a row per model and split; {REMEDY}"
        )
    hardness = folder / "hardness.json"
    return Results(
        folder=folder,
        table2=label_rows(tables["table2.csv"]),
        combinations=label_combinations(tables["combinations.csv"]),
        roc=tables["roc.csv"],
        balance=tables["balance.csv"],
        flow=more["flow.csv"],
        importances=more["fusion/importances.csv"],
        collinearity=more["fusion/collinearity.csv"],
        failures=more["failures.csv"],
        provenance=_read_provenance(folder / "provenance.json"),
        hardness=read_json(hardness) if hardness.is_file() else None,
    )


def _read(folder: Path, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
    table = read_table(folder / name, TEXT_COLUMNS)
    absent = [column for column in columns if column not in table]
    if absent:
        raise ContractError(
            f"{folder / name}: expected the columns {', '.join(columns)}, but {len(absent)} are"
            f" absent: {first(absent)}; {REMEDY}"
        )
    return table


def _read_provenance(path: Path) -> dict[str, Any]:
    content = read_json(path)
    absent = [key for key in PROVENANCE if key not in content]
    if absent:
        raise ContractError(
            f"{path}: expected the keys {', '.join(PROVENANCE)}, but {len(absent)} are absent:"
            f" {first(absent)}; {REMEDY}"
        )
    return dict(content)
