"""Estimate every reported number: `cirrhosis evaluate experiment=...`."""

from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from omegaconf import DictConfig

from cirrhosis.cohort.partition import describe_balance
from cirrhosis.commands.configuration import build_settings, plain
from cirrhosis.commands.fuse import read_choice
from cirrhosis.commands.places import resolve_cohort, split_file, store_folder
from cirrhosis.commands.provenance import code_version
from cirrhosis.commands.variants import find_variant, read_cnn_rows, results_of, runs_of
from cirrhosis.contracts.files import read_json, read_table, write_json, write_table
from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.splits import TRAINING, read_splits
from cirrhosis.contracts.store import StoreLayout, read_manifest
from cirrhosis.evaluation.combinations import compare_combinations
from cirrhosis.evaluation.curves import roc_points
from cirrhosis.evaluation.performance import evaluate_models
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.runs.collection import find_runs
from cirrhosis.statistics.discrimination import auroc

PACKAGES = ("torch", "torchvision", "pytorch-lightning", "SimpleITK", "scikit-learn", "numpy")


def run(config: DictConfig) -> None:
    """Write the result tables of a variant, with all that a page needs to name them."""
    values = plain(config)
    variant = find_variant(values, runs_of(values))
    settings = build_settings(EvaluationSettings, values["evaluation"], "evaluation")
    results = results_of(values, variant)
    rows = read_cnn_rows(values, variant)
    choice = read_choice(values, variant)
    fused = read_predictions(results / "fusion" / "predictions.csv")
    write_table(compare_combinations(rows, settings=settings), results / "combinations.csv")
    table = evaluate_models(fused, settings=settings)
    write_table(table, results / "table2.csv")
    write_table(roc_points(fused), results / "roc.csv")
    _copy_cohort_tables(values, results)
    provenance = _describe(values, variant, rows, settings) | choice
    write_json(provenance, results / "provenance.json")
    print(f"wrote table2.csv ({len(table)} rows), combinations.csv and roc.csv in {results}")


def _copy_cohort_tables(values: dict[str, Any], results: Path) -> None:
    splits_path = split_file(values)
    store = StoreLayout(store_folder(values))
    cohort = resolve_cohort(values["cohort"], values["paths"]["cohorts"])
    write_table(describe_balance(read_splits(splits_path).table), results / "balance.csv")
    for source, name in (
        (splits_path.with_suffix(".flow.csv"), "flow.csv"),
        (store.failures, "failures.csv"),
    ):
        if source.exists():
            write_table(read_table(source), results / name)
    if (cohort / "hardness.json").exists():
        write_json(read_json(cohort / "hardness.json"), results / "hardness.json")


def _describe(
    values: dict[str, Any], variant: str, rows: pd.DataFrame, settings: EvaluationSettings
) -> dict[str, Any]:
    manifest = read_manifest(store_folder(values))
    kept = ("data", "augmentation", "model", "optimizer", "scheduler", "protocol", "callbacks")
    protocols = sorted(rows["protocol"].unique())
    wanted = values["protocol"]["name"]
    note = "" if protocols == [wanted] else f"asked for {wanted}; too few patients to stop on"
    return {
        "name": values["name"],
        "variant": variant,
        "protocol": "+".join(protocols),
        "protocol_note": note,
        "rule": settings.rule,
        "confidence_level": settings.confidence_level,
        "seeds": sorted(int(seed) for seed in rows["seed"].unique()),
        "split_hash": manifest.split_hash,
        "data_hash": manifest.data_hash,
        "code_version": code_version(),
        "synthetic": manifest.synthetic,
        "versions": {name: version(name) for name in PACKAGES},
        "settings": yaml.safe_dump({name: values[name] for name in kept}, sort_keys=True),
        "extra_runs": _list_other_runs(values, variant),
    }


def _list_other_runs(values: dict[str, Any], variant: str) -> list[dict[str, Any]]:
    """Return the finished runs of the experiment's other variants, one row each."""
    listed = []
    for run_folder, status in find_runs(runs_of(values)):
        settings = status.identity["config"]
        other = run_folder.folder.relative_to(runs_of(values)).parts[0]
        if status.state != "finished" or other == variant:
            continue
        predictions = read_predictions(run_folder.predictions)
        held_out = predictions[predictions["split"] == TRAINING]
        area = auroc(held_out["y_true"], held_out["y_score"])
        listed.append(
            {
                "label": other,
                "sequences": settings["sequences"],
                "fold": settings["fold"],
                "auroc": area.value,
                "n": area.n,
                "seconds": status.seconds,
            }
        )
    return listed
