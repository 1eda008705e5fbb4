"""Estimate every reported number: `cirrhosis evaluate experiment=...`."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig

from cirrhosis.commands.combination_summaries import track_evaluation
from cirrhosis.commands.configuration import plain
from cirrhosis.commands.fuse import read_choice
from cirrhosis.commands.places import runs_of, store_folder
from cirrhosis.commands.provenance import code_version
from cirrhosis.commands.result_sources import Sources, read_sources
from cirrhosis.commands.result_tables import list_steps, make_tables
from cirrhosis.commands.shell import show_progress
from cirrhosis.commands.variants import choose_variant, results_of
from cirrhosis.contracts.files import hash_file, write_json, write_table
from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.contracts.store import StoreLayout, read_manifest
from cirrhosis.reporting.wording import describe_rule
from cirrhosis.runs.collection import find_runs
from cirrhosis.statistics.discrimination import auroc

PACKAGES = ("torch", "torchvision", "pytorch-lightning", "SimpleITK", "scikit-learn", "numpy")
OF_NETWORKS = ("data", "augmentation", "model", "optimizer", "scheduler", "protocol", "callbacks")


def run(config: DictConfig) -> None:
    """Write the result tables of a variant, with all that a page needs to name them."""
    values = plain(config)
    variant = choose_variant(values)
    results = results_of(values, variant)
    sources = read_sources(values, variant)
    choice = read_choice(values, variant)
    steps = list_steps(sources)
    shown = show_progress(steps, total=len(steps), label="tables")
    written = []
    for name, table in make_tables(sources, shown):
        write_table(table, results / f"{name}.csv")
        written.append(name)
    for path, name in (
        (StoreLayout(store_folder(values)).failures, "failures.csv"),
        (sources.cohort.folder / "hardness.json", "hardness.json"),
    ):
        if path.exists():
            (results / name).write_bytes(path.read_bytes())
    # Written last: without it the folder is not complete.
    write_json(_describe(values, variant, sources) | choice, results / "provenance.json")
    print(f"wrote {len(written)} tables in {results}:\n  {' '.join(written)}")
    if sources.networks is not None:
        print(f"rule of the choice: {describe_rule(sources.settings.rule)}")
    track_evaluation(values, variant, results)


def _describe(values: Mapping[str, Any], variant: str, sources: Sources) -> dict[str, Any]:
    rows = sources.fused if sources.networks is None else sources.networks
    protocols = sorted(rows["protocol"].unique())
    wanted = values["protocol"]["name"]
    differs = sources.networks is not None and not values["predictions"] and protocols != [wanted]
    return {
        "name": values["name"],
        "variant": variant,
        "protocol": "+".join(protocols),
        "protocol_note": f"asked for {wanted}; too few patients to stop on" if differs else "",
        "rule": sources.settings.rule,
        "confidence_level": sources.settings.confidence_level,
        "seeds": sorted(int(seed) for seed in rows["seed"].unique()),
        "split_hash": sources.splits.hash,
        "data_hash": _hash_data(values, sources),
        "code_version": code_version(),
        "synthetic": sources.synthetic,
        "versions": {name: version(name) for name in PACKAGES},
        "settings": yaml.safe_dump(_list_settings(values, sources), sort_keys=True),
        "extra_runs": _list_other_runs(values, variant),
    }


def _list_settings(values: Mapping[str, Any], sources: Sources) -> dict[str, Any]:
    # Networks from elsewhere were not trained by this configuration.
    own = sources.networks is not None and not values["predictions"]
    kept = (*(OF_NETWORKS if own else ()), "label", "fusion", "evaluation")
    return {name: values[name] for name in kept}


def _hash_data(values: Mapping[str, Any], sources: Sources) -> str:
    if sources.networks is None:
        return hash_file(sources.cohort.folder / "patients.csv")
    if values["predictions"]:
        return hash_file(Path(values["predictions"]))
    return read_manifest(store_folder(values)).data_hash


def _list_other_runs(values: Mapping[str, Any], variant: str) -> list[dict[str, Any]]:
    """Return the finished runs of the experiment's other variants, one row each."""
    listed = []
    for run_folder, status in find_runs(runs_of(values)):
        other = run_folder.folder.relative_to(runs_of(values)).parts[0]
        if status.state != "finished" or other == variant:
            continue
        settings = status.identity["config"]
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
