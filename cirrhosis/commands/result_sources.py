"""What the evaluation reads: predictions, patients, split, and traces of the stages before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.cohort.labels import LabelSettings, label_patients
from cirrhosis.commands.combination_runs import describe_runs, find_left_out
from cirrhosis.commands.configuration import build_settings
from cirrhosis.commands.places import resolve_cohort, split_file, store_folder
from cirrhosis.commands.shell import is_synthetic
from cirrhosis.commands.variants import (
    CLINICAL,
    is_clinical_only,
    read_network_rows,
    results_of,
    select_seed,
)
from cirrhosis.contracts.cohort import Cohort, read_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import read_table
from cirrhosis.contracts.implausible import hide_implausible
from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.splits import Splits, read_fold_centers, read_splits
from cirrhosis.contracts.store import StoreLayout
from cirrhosis.evaluation.comparators import add_comparators
from cirrhosis.evaluation.facts import join_facts
from cirrhosis.evaluation.settings import EvaluationSettings


@dataclass(frozen=True)
class Sources:
    """Everything that result tables are made of.

    Attributes:
        settings: Choices of the evaluation.
        cohort: Patients and volumes.
        splits: Who stands where.
        facts: Patients joined with the split.
        labels: Class of each patient, excluded ones too, missing where unknown; None if the
            label cannot be read from the cohort's table.
        networks: Predictions of every combination with the seed of the fusion; None if only
            blood tests were fused.
        all_seeds: The same of every seed.
        runs: Folds trained of each combination and seed, and patients left out; None without
            runs of our own.
        left_out: Patients whom the networks of the fused combination did not use, by rule of
            `data.incomplete`; None without runs of our own.
        fused: Predictions of `fuse`.
        models: The same with the rules that are judged like models.
        predictors: Blood tests that the forests may use.
        fold_centers: Centres of each fold, where centres are folds, else empty.
        exclusions: Patient flow of `split`, if it drew the split.
        failures: Patients whom `prepare` lost, if it ran.
        qc: What `prepare` measured, if it ran.
    """

    settings: EvaluationSettings
    cohort: Cohort
    splits: Splits
    facts: pd.DataFrame
    labels: "pd.Series[int] | None"
    networks: pd.DataFrame | None
    all_seeds: pd.DataFrame | None
    runs: pd.DataFrame | None
    left_out: pd.DataFrame | None
    fused: pd.DataFrame
    models: pd.DataFrame
    predictors: tuple[str, ...]
    fold_centers: dict[int, str]
    exclusions: pd.DataFrame | None
    failures: pd.DataFrame | None
    qc: pd.DataFrame | None

    @property
    def synthetic(self) -> bool:
        """Whether the patients are a phantom's."""
        return is_synthetic(self.cohort.patients)


def read_sources(values: Mapping[str, Any], variant: str) -> Sources:
    """Read and check what a variant's evaluation needs.

    Raises:
        ContractError: If something is absent or breaks its contract.
    """
    asked = build_settings(EvaluationSettings, values["evaluation"], "evaluation")
    cohort = read_cohort(resolve_cohort(values["cohort"], values["paths"]["cohorts"]))
    splits = read_splits(split_file(values))
    facts = join_facts(hide_implausible(cohort.patients, split_file(values)), splits.table)
    fused = _read_fused(values, variant)
    settings = settle_reference(asked, fused)
    all_seeds = None if is_clinical_only(values) else read_network_rows(values, variant)
    has_runs = all_seeds is not None and not values["predictions"]
    sequences = str(fused["sequences"].iloc[0])
    store = StoreLayout(store_folder(values))
    return Sources(
        settings=settings,
        cohort=cohort,
        splits=splits,
        facts=facts,
        labels=_label(cohort, values),
        networks=None if all_seeds is None else select_seed(all_seeds, values, variant),
        all_seeds=all_seeds,
        runs=describe_runs(values, variant, n_folds=splits.n_folds) if has_runs else None,
        left_out=find_left_out(values, variant, sequences) if has_runs else None,
        fused=fused,
        models=add_comparators(fused, facts, settings=settings),
        predictors=tuple(values["fusion"]["predictors"]),
        fold_centers=read_fold_centers(split_file(values)),
        exclusions=_read_if_there(split_file(values).with_suffix(".flow.csv")),
        failures=_read_if_there(store.failures),
        qc=_read_if_there(store.qc),
    )


def _read_fused(values: Mapping[str, Any], variant: str) -> pd.DataFrame:
    path = results_of(values, variant) / "fusion" / "predictions.csv"
    fused = read_predictions(path)
    seeds = sorted(fused["seed"].unique())
    if seeds != [values["seed"]]:
        raise ContractError(
            f"{path}: expected the fusion of seed {values['seed']}, found that of seed"
            f" {', '.join(map(str, seeds))}; run `cirrhosis fuse` with the same seed, or set `seed`"
        )
    return fused


def settle_reference(settings: EvaluationSettings, fused: pd.DataFrame) -> EvaluationSettings:
    """Return settings whose reference exists where only blood tests were fused.

    Without a network there is no combined model; the clinical forest is then what the
    others are compared with.
    """
    models = set(fused["model"])
    if settings.reference_model in models or CLINICAL not in models or "cnn" in models:
        return settings
    return replace(settings, reference_model=CLINICAL, references=(CLINICAL,))


def _label(cohort: Cohort, values: Mapping[str, Any]) -> "pd.Series[int] | None":
    # A permuted label is a control: the classes of excluded patients are not part of it.
    label = build_settings(LabelSettings, values["label"], "label")
    if label.permute_seed is not None:
        return None
    return label_patients(cohort.patients, label).set_axis(cohort.patients["patient_id"])


def _read_if_there(path: Path) -> pd.DataFrame | None:
    return read_table(path) if path.exists() else None
