"""Forest on the network's probability, age and labs: `cirrhosis fuse experiment=...`."""

from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig

from cirrhosis.commands.configuration import build_settings, plain
from cirrhosis.commands.places import resolve_cohort
from cirrhosis.commands.variants import find_variant, read_cnn_rows, results_of, runs_of
from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_json, write_json, write_table
from cirrhosis.contracts.predictions import write_predictions
from cirrhosis.contracts.sequences import join_sequences, parse_sequences
from cirrhosis.evaluation.combinations import compare_combinations
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.fusion.forest_files import write_forests
from cirrhosis.fusion.settings import FusionSettings
from cirrhosis.fusion.stacking import fuse


def run(config: DictConfig) -> None:
    """Fuse one sequence combination with the labs and write the models' predictions."""
    values = plain(config)
    variant = find_variant(values, runs_of(values))
    rows = read_cnn_rows(values, variant)
    options = values["fusion"]
    sequences, how = _choose(rows, options.pop("sequences"), values["evaluation"])
    cohort = read_cohort(resolve_cohort(values["cohort"], values["paths"]["cohorts"]))
    settings = build_settings(FusionSettings, options, "fusion")
    result = fuse(
        rows[rows["sequences"] == sequences],
        cohort.patients,
        settings=settings,
        seed=values["seed"],
    )
    folder = results_of(values, variant) / "fusion"
    write_forests(result.forests, folder / "forests")
    for name in ("collinearity", "importances", "choices", "counts"):
        write_table(getattr(result, name), folder / f"{name}.csv")
    write_predictions(result.predictions, folder / "predictions.csv")
    write_json({"sequences": sequences, "chosen_by": how}, _choice_file(values, variant))
    print(f"fused {sequences} ({how}), seed {values['seed']}, with the labs: {folder}")
    print(result.counts.to_string(index=False))


def read_choice(values: dict[str, Any], variant: str) -> dict[str, str]:
    """Return the combination that was fused, and by which rule it was chosen.

    Raises:
        ContractError: If nothing was fused yet.
    """
    path = _choice_file(values, variant)
    if not path.exists():
        raise ContractError(
            f"expected a chosen combination in {path}, but nothing was fused yet; run `cirrhosis"
            " fuse` with the same experiment, or name the sequences"
        )
    choice: dict[str, str] = read_json(path)
    return choice


def _choice_file(values: dict[str, Any], variant: str) -> Path:
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
