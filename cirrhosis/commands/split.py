"""Exclude by rule, label, draw splits and folds: `cirrhosis split cohort=...`."""

from pathlib import Path

from omegaconf import DictConfig

from cirrhosis.cohort.labels import LabelSettings
from cirrhosis.cohort.partition import SplitSettings, describe_balance, draw_partition
from cirrhosis.commands.configuration import build_settings, plain
from cirrhosis.commands.places import resolve_cohort, split_file
from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import write_table
from cirrhosis.contracts.splits import read_splits, write_splits


def run(config: DictConfig) -> None:
    """Draw the split once and print who went where, and why others did not."""
    values = plain(config)
    cohort = read_cohort(resolve_cohort(values["cohort"], values["paths"]["cohorts"]))
    options = values["split"]
    path = split_file(values)
    del options["name"]
    given = options.pop("file")
    if given is not None:
        splits = read_splits(Path(given))
        strangers = sorted(set(splits.table["patient_id"]) - set(cohort.patients["patient_id"]))
        if strangers:
            raise ContractError(
                f"{given}: expected patients of the cohort, but {len(strangers)} are not in its"
                f" patients.csv: {first(strangers)}"
            )
        table, balance = splits.table, describe_balance(splits.table)
    else:
        label = build_settings(LabelSettings, values["label"], "label")
        partition = draw_partition(cohort, label, build_settings(SplitSettings, options, "split"))
        table, balance = partition.table, partition.balance
        print(partition.flow.to_string(index=False), end="\n\n")
        write_table(partition.flow, path.with_suffix(".flow.csv"))
    written = write_splits(table, path)
    print(balance.to_string(index=False))
    folds = balance[balance["fold"] != "all"]["prevalence"]
    print(f"\nprevalence over folds {folds.min():.3f} to {folds.max():.3f}")
    print(f"wrote {path} (sha256 {written.hash[:12]})")
