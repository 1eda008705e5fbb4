"""The results folder: what a report is made of, checked when it is read."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_json, read_table
from cirrhosis.reporting.display_names import label_combinations, label_rows, order_splits
from cirrhosis.reporting.number_text import is_true
from cirrhosis.reporting.wording import describe_level

TEXT_COLUMNS = (
    "patient_id",
    "variant",
    "experiment",
    "fold",
    "sequences",
    "stage",
    "reason",
    "level",
    "center",
    "class",
    "seeds",
)
# What each obligatory table must hold; more columns are welcome.
REQUIRED = {
    "table2.csv": ("model", "split", "n", "n_positive", "auroc", "auroc_low", "auroc_high"),
    "roc.csv": ("model", "split", "fpr", "tpr"),
    "balance.csv": ("split", "fold", "n", "n_positive", "prevalence"),
}
OPTIONAL = {
    # Absent where blood tests alone were fused.
    "combinations.csv": ("sequences", "auroc", "auroc_low", "auroc_high", "chosen"),
    "combination_seeds.csv": ("sequences", "seeds", "n_seeds", "auroc_mean", "auroc_sd"),
    "combination_runs.csv": ("sequences", "seed", "n_folds", "n_finished", "reason"),
    "flow.csv": ("step", "excluded", "remaining"),
    "table1.csv": ("variable", "kind", "level", "grouping", "group", "n_patients"),
    "scanners.csv": ("variable", "split", "center", "level"),
    "intervals.csv": ("interval", "split", "n"),
    "losses.csv": ("stage", "reason", "class", "center", "n_lost", "n"),
    "shift.csv": ("kind", "variable", "split"),
    "comparisons.csv": ("model", "against", "split", "measure", "difference", "p", "is_primary"),
    "comparators.csv": ("model", "definition", "added"),
    "matched.csv": ("model", "reader", "split", "value", "reader_value"),
    "operating_points.csv": ("model", "split", "rule_out_threshold", "rule_in_threshold"),
    "prevalence.csv": ("model", "split", "prevalence", "ppv", "npv"),
    "recalibration.csv": ("model", "split", "update"),
    "calibration_curves.csv": ("model", "split", "kind", "predicted", "observed"),
    "decision_curves.csv": ("model", "split", "threshold", "net_benefit"),
    "forest.csv": ("model", "split", "variable", "level", "n", "suppressed", "auroc"),
    "interactions.csv": ("model", "split", "variable", "auroc_p"),
    "centers.csv": ("model", "split", "center", "n", "auroc"),
    "heterogeneity.csv": ("model", "split", "measure", "n_centers"),
    "stages.csv": ("model", "split", "stage_kind", "stage", "n"),
    "stage_contrasts.csv": ("model", "split", "question", "value"),
    "label_cut_offs.csv": ("model", "split", "label", "n", "auroc"),
    "misclassified.csv": ("patient_id", "model", "split", "error"),
    "misclassified_differences.csv": ("model", "split", "error", "column"),
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
        roc: Points of the curves.
        balance: Patients and prevalence per split and fold.
        more: The tables of `OPTIONAL` that are there, by file name without `.csv`.
        provenance: What was run, with what.
        hardness: How hard the synthetic cohort is; None for real ones.
    """

    folder: Path
    table2: pd.DataFrame
    roc: pd.DataFrame
    balance: pd.DataFrame
    more: dict[str, pd.DataFrame]
    provenance: dict[str, Any]
    hardness: dict[str, Any] | None

    @property
    def level(self) -> str:
        """Confidence level of the intervals, in words."""
        return describe_level(self.provenance)

    @property
    def is_synthetic(self) -> bool:
        """Whether a program made the patients."""
        return is_true(self.provenance["synthetic"])

    @property
    def splits(self) -> list[str]:
        """Splits of Table 2, in the order they are shown."""
        return order_splits(self.table2["split"])


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
        name.removesuffix(".csv"): _read(folder, name, columns)
        for name, columns in OPTIONAL.items()
        if (folder / name).is_file()
    }
    if "combinations" in more:
        more["combinations"] = label_combinations(more["combinations"])
    if tables["table2.csv"].empty:
        raise ContractError(
            f"{folder / 'table2.csv'}: expected a row per model and split; {REMEDY}"
        )
    hardness = folder / "hardness.json"
    return Results(
        folder=folder,
        table2=label_rows(tables["table2.csv"]),
        roc=tables["roc.csv"],
        balance=tables["balance.csv"],
        more=more,
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
