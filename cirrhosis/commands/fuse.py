"""Forest on the network's probability, age and labs: `cirrhosis fuse experiment=...`."""

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from omegaconf import DictConfig

from cirrhosis.commands.configuration import build_settings, plain
from cirrhosis.commands.places import resolve_cohort, split_file
from cirrhosis.commands.shell import show_progress
from cirrhosis.commands.variants import (
    NO_SEQUENCES,
    choose_variant,
    is_clinical_only,
    read_cnn_rows,
    read_pair_rows,
    results_of,
)
from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_json, write_json, write_table
from cirrhosis.contracts.implausible import hide_implausible
from cirrhosis.contracts.predictions import write_predictions
from cirrhosis.contracts.sequences import join_sequences, parse_sequences
from cirrhosis.contracts.splits import read_splits
from cirrhosis.evaluation.combinations import compare_combinations
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.fusion.forest_files import write_forests
from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.fusion.stacking import FusionResult, fuse, fuse_clinical

TABLES = ("collinearity", "importances", "choices", "counts")


class Fused(NamedTuple):
    """A fusion, and which combination it is of and why."""

    sequences: str
    how: str
    result: FusionResult


def run(config: DictConfig) -> None:
    """Fuse one sequence combination with the labs and write the models' predictions."""
    values = plain(config)
    variant = choose_variant(values)
    fused = _fuse_labs(values, variant) if is_clinical_only(values) else _fuse(values, variant)
    folder = results_of(values, variant) / "fusion"
    write_forests(fused.result.forests, folder / "forests")
    for name in TABLES:
        write_table(getattr(fused.result, name), folder / f"{name}.csv")
    write_predictions(fused.result.predictions, folder / "predictions.csv")
    write_json({"sequences": fused.sequences, "chosen_by": fused.how}, _choice(values, variant))
    print(f"fused {fused.sequences} ({fused.how}), seed {values['seed']}, with the labs: {folder}")
    counts = fused.result.counts
    whole = counts[counts["fold"].isna()].drop(columns="fold")
    print(whole.to_string(index=False))


def read_choice(values: dict[str, Any], variant: str) -> dict[str, str]:
    """Return the combination that was fused, and by which rule it was chosen.

    Raises:
        ContractError: If nothing was fused yet.
    """
    path = _choice(values, variant)
    if not path.exists():
        raise ContractError(
            f"expected a chosen combination in {path}, but nothing was fused yet; run `cirrhosis"
            " fuse` with the same experiment, or name the sequences"
        )
    choice: dict[str, str] = read_json(path)
    return choice


def _fuse_labs(values: dict[str, Any], variant: str) -> Fused:
    result = fuse_clinical(
        read_splits(split_file(values)).table,
        _read_patients(values),
        experiment=values["name"],
        variant=variant,
        **_options(values),
    )
    return Fused(NO_SEQUENCES, "no network: blood tests alone", result)


def _fuse(values: dict[str, Any], variant: str) -> Fused:
    rows = read_cnn_rows(values, variant)
    sequences, how = _choose(rows, values["fusion"]["sequences"], values["evaluation"])
    result = fuse(
        rows[rows["sequences"] == sequences],
        _read_patients(values),
        pairs=read_pair_rows(values, variant),
        **_options(values),
    )
    return Fused(sequences, how, result)


def _read_patients(values: dict[str, Any]) -> pd.DataFrame:
    cohort = read_cohort(resolve_cohort(values["cohort"], values["paths"]["cohorts"]))
    return hide_implausible(cohort.patients, split_file(values))


def _options(values: dict[str, Any]) -> dict[str, Any]:
    options = {name: value for name, value in values["fusion"].items() if name != "sequences"}
    return {
        "settings": build_settings(FusionSettings, options, "fusion"),
        "seed": values["seed"],
        "n_workers": values["n_workers"],
        "progress": show_progress,
    }


def _choice(values: dict[str, Any], variant: str) -> Path:
    return results_of(values, variant) / "fusion" / "choice.json"


def _choose(rows: pd.DataFrame, wanted: str, evaluation: dict[str, Any]) -> tuple[str, str]:
    trained = sorted(rows["sequences"].unique())
    if wanted != "chosen":
        sequences = join_sequences(parse_sequences(wanted))
        if sequences not in trained:
            raise ContractError(
                f"expected a trained combination for fusion.sequences ({', '.join(trained)}), but"
                f" {first([sequences])} has no finished run"
            )
        return sequences, "named in the configuration"
    settings = build_settings(EvaluationSettings, evaluation, "evaluation")
    table = compare_combinations(rows, settings=settings)
    return str(table.loc[table["chosen"], "sequences"].item()), f"rule {settings.rule}"
