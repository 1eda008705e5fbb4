"""Exclude by rule, label, draw splits and folds: `cirrhosis split cohort=...`."""

from pathlib import Path

import pandas as pd
from omegaconf import DictConfig

from cirrhosis.clinical.plausibility import suspect_columns
from cirrhosis.cohort.labels import LabelSettings
from cirrhosis.cohort.partition import (
    Partition,
    SplitSettings,
    describe_balance,
    draw_partition,
)
from cirrhosis.commands.configuration import build_settings, plain
from cirrhosis.commands.places import resolve_cohort, split_file
from cirrhosis.contracts import implausible
from cirrhosis.contracts.cohort import Cohort, read_cohort
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import write_table, write_text
from cirrhosis.contracts.splits import FOLD_CENTERS, read_splits, write_splits

FLOW, GROUP_FLOW = ".flow.csv", ".group_flow.csv"


def run(config: DictConfig) -> None:
    """Draw the split once and print who went where, and why others did not."""
    values = plain(config)
    cohort = read_cohort(resolve_cohort(values["cohort"], values["paths"]["cohorts"]))
    options = values["split"]
    path = split_file(values)
    del options["name"]
    given = options.pop("file")
    if given is not None:
        table = _take_over(Path(given), cohort)
        written = write_splits(table, path)
        _copy_beside(Path(given), path)
    else:
        label = build_settings(LabelSettings, values["label"], "label")
        settings = build_settings(SplitSettings, options, "split")
        partition = draw_partition(cohort, label, settings)
        table = partition.table
        written = write_splits(table, path)
        _write_beside(partition, path)
        _print_flow(partition, cohort, settings)
    balance = describe_balance(table)
    print(balance.to_string(index=False))
    folds = balance[balance["fold"] != "all"]["prevalence"]
    print(f"\nprevalence over folds {folds.min():.3f} to {folds.max():.3f}")
    print(f"wrote {path} (sha256 {written.hash[:12]})")


def _take_over(given: Path, cohort: Cohort) -> pd.DataFrame:
    splits = read_splits(given)
    strangers = sorted(set(splits.table["patient_id"]) - set(cohort.patients["patient_id"]))
    if strangers:
        raise ContractError(
            f"{given}: expected patients of the cohort, but {len(strangers)} are not in its"
            f" patients.csv: {first(strangers)}"
        )
    return splits.table


def _write_beside(partition: Partition, path: Path) -> None:
    """Write how the split came to be: the flow, what is implausible, the centres of folds."""
    tables = {
        FLOW: partition.flow,
        GROUP_FLOW: partition.group_flow,
        implausible.BESIDE: partition.implausible,
        FOLD_CENTERS: partition.fold_centers,
    }
    for suffix, table in tables.items():
        beside = path.with_suffix(suffix)
        if table is None:
            beside.unlink(missing_ok=True)
        else:
            write_table(table, beside)


def _copy_beside(given: Path, path: Path) -> None:
    """Take over what stands beside a split from outside, so that nothing older stays."""
    if given.resolve() == path.resolve():
        return
    for suffix in (FLOW, GROUP_FLOW, implausible.BESIDE, FOLD_CENTERS):
        source, beside = given.with_suffix(suffix), path.with_suffix(suffix)
        beside.unlink(missing_ok=True)
        if source.is_file():
            write_text(source.read_text(encoding="utf-8"), beside)


def _print_flow(partition: Partition, cohort: Cohort, settings: SplitSettings) -> None:
    print(partition.flow[["step", "excluded", "remaining", "not_judged"]].to_string(index=False))
    print()
    if partition.fold_centers is not None:
        print(partition.fold_centers.to_string(index=False), end="\n\n")
    n_values = len(partition.implausible)
    if n_values:
        print(
            f"{n_values} values are beyond what is plausible"
            f" (split.eligibility.implausible={settings.eligibility.implausible})"
        )
    for column in suspect_columns(cohort.patients).itertuples():
        print(f"the median of {column.column} is {column.median:g}: it {column.likely_cause}")
    if n_values:
        print(end="\n")
