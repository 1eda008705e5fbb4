"""Forest on the network's probability, age and labs: `cirrhosis fuse experiment=...`."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from omegaconf import DictConfig

from cirrhosis.commands.combination_summaries import track_fusion
from cirrhosis.commands.configuration import build_settings, plain
from cirrhosis.commands.places import resolve_cohort, split_file
from cirrhosis.commands.shell import show_progress
from cirrhosis.commands.variants import (
    NO_SEQUENCES,
    choose_variant,
    is_clinical_only,
    read_network_rows,
    read_pair_rows,
    results_of,
    select_seed,
)
from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_json, write_json, write_table
from cirrhosis.contracts.implausible import hide_implausible
from cirrhosis.contracts.predictions import write_predictions
from cirrhosis.contracts.sequences import join_sequences, parse_sequences
from cirrhosis.contracts.splits import read_splits
from cirrhosis.evaluation.combinations import compare_combinations
from cirrhosis.evaluation.selection_settings import RULES
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.fusion.forest_files import write_forests
from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.fusion.stacking import FusionResult, fuse, fuse_clinical
from cirrhosis.reporting.wording import describe_rule

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
    track_fusion(values, variant, folder)


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
    trained = read_network_rows(values, variant)
    rows = select_seed(trained, values, variant)
    _name_other_seeds(sorted(set(trained["seed"]) - {values["seed"]}), values)
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
    # What the choice adds to the area is told by evaluate; here only the choice counts.
    once = replace(settings, selection=replace(settings.selection, n_resamples=0))
    table = compare_combinations(rows, settings=once)
    print(f"rule of the choice: {describe_rule(settings.rule)}")
    for rule in RULES:
        chosen = table.loc[table[f"chosen_by_{rule}"], "sequences"]
        print(f"  {rule}: {', '.join(chosen) or 'nothing'}{' (decides)' * (rule == settings.rule)}")
    if not table["chosen"].any():
        raise ContractError(
            f"expected a combination with an area under the ROC curve among {first(trained)}, but"
            " none has patients of both classes; train every fold, or name the combination with"
            " fusion.sequences"
        )
    return str(table.loc[table["chosen"], "sequences"].item()), f"rule {settings.rule}"


def _name_other_seeds(others: list[int], values: dict[str, Any]) -> None:
    if others:
        print(
            f"networks of seed {', '.join(map(str, others))} were trained too; this fuses seed"
            f" {values['seed']} (another with seed=..., in place of this one), and evaluate"
            " describes the spread over all in combination_seeds.csv"
        )
