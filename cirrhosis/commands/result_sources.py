"""What the evaluation reads: predictions, patients, split, and traces of the stages before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.cohort.labels import LabelSettings, label_patients
from cirrhosis.commands.configuration import build_settings
from cirrhosis.commands.places import resolve_cohort, split_file, store_folder
from cirrhosis.commands.shell import is_synthetic
from cirrhosis.commands.variants import CLINICAL, is_clinical_only, read_cnn_rows, results_of
from cirrhosis.contracts.cohort import Cohort, read_cohort
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
        networks: Predictions of every combination; None if only blood tests were fused.
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
    fused = read_predictions(results_of(values, variant) / "fusion" / "predictions.csv")
    settings = settle_reference(asked, fused)
    store = StoreLayout(store_folder(values))
    return Sources(
        settings=settings,
        cohort=cohort,
        splits=splits,
        facts=facts,
        labels=_label(cohort, values),
        networks=None if is_clinical_only(values) else read_cnn_rows(values, variant),
        fused=fused,
        models=add_comparators(fused, facts, settings=settings),
        predictors=tuple(values["fusion"]["predictors"]),
        fold_centers=read_fold_centers(split_file(values)),
        exclusions=_read_if_there(split_file(values).with_suffix(".flow.csv")),
        failures=_read_if_there(store.failures),
        qc=_read_if_there(store.qc),
    )


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
