"""Draws the split: training, internal and external tests, and folds."""

from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from cirrhosis.cohort.eligibility import EligibilitySettings, count_flow, find_exclusions
from cirrhosis.cohort.folds import draw_folds
from cirrhosis.cohort.labels import LabelSettings, label_patients, permute_labels
from cirrhosis.cohort.studies import choose_studies
from cirrhosis.contracts.cohort import Cohort
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.splits import COLUMNS, TRAINING


@dataclass(frozen=True)
class SplitSettings:
    """How patients are divided.

    Attributes:
        seed: Same cohort, settings and seed, same split.
        development_center: Centre of `training`, `internal_1` and `internal_2`; None puts
            every patient in `training` (cross-validation only).
        temporal_from: Patients of the development centre examined from this ISO date on
            are `internal_2`; None makes no such split.
        holdout_parts: One of this many stratified parts becomes `internal_1`; 0 makes none.
        n_folds: Folds inside `training`.
        eligibility: Who takes part.
    """

    seed: int
    development_center: str | None = "1"
    temporal_from: str | None = "2021-06-01"
    holdout_parts: int = 10
    n_folds: int = 5
    eligibility: EligibilitySettings = field(default_factory=EligibilitySettings)


class Partition(NamedTuple):
    """A drawn split and how it came to be.

    Attributes:
        table: Rows of the split file.
        flow: Patient flow.
        balance: Patients, positives and prevalence per split and fold.
    """

    table: pd.DataFrame
    flow: pd.DataFrame
    balance: pd.DataFrame


def draw_partition(cohort: Cohort, label: LabelSettings, settings: SplitSettings) -> Partition:
    """Label the patients, exclude by rule, and draw splits and folds by group.

    The article's rule: the development centre before a date, nine parts of ten for
    training and one for `internal_1`; the same centre later is `internal_2`; other
    centres are `external`. A group stands where its first training patient stands.

    Raises:
        ContractError: If a needed column is absent or a class is too rare for the folds.
    """
    patients = cohort.patients
    targets = label_patients(patients, label)
    studies = choose_studies(patients, cohort.volumes)
    reasons = find_exclusions(patients, targets, studies, settings.eligibility)
    targets = targets.mask(reasons.notna())
    if label.permute_seed is not None:
        targets = permute_labels(targets, label.permute_seed)
    table = pd.DataFrame(
        {
            "patient_id": patients["patient_id"],
            "group_id": _groups(patients),
            "study_date": patients["patient_id"].map(studies.set_index("patient_id")["study_date"]),
            "target": targets,
            "split": pd.Series(pd.NA, index=patients.index, dtype="string"),
            "fold": pd.Series(pd.NA, index=patients.index, dtype="Int64"),
            "excluded_for": reasons,
        }
    )
    included = table.index[reasons.isna()]
    table.loc[included, "split"] = _assign_splits(patients, table.loc[included], settings)
    training = table.loc[included][table.loc[included, "split"] == TRAINING]
    table.loc[training.index, "fold"] = draw_folds(
        training["target"], training["group_id"], n_folds=settings.n_folds, seed=settings.seed
    )
    return Partition(table[list(COLUMNS)], count_flow(reasons), describe_balance(table))


def describe_balance(table: pd.DataFrame) -> pd.DataFrame:
    """Return `split`, `fold`, `n`, `n_positive`, `prevalence` of the included patients."""
    included = table[table["excluded_for"].isna()]
    by_split = included.assign(fold="all").groupby(["split", "fold"])["target"]
    training = included[included["split"] == TRAINING]
    by_fold = training.assign(fold=training["fold"].astype("string")).groupby(["split", "fold"])
    counts = pd.concat(
        [by_split.agg(["size", "sum"]), by_fold["target"].agg(["size", "sum"])]
    ).reset_index()
    counts.columns = pd.Index(["split", "fold", "n", "n_positive"])
    return counts.assign(prevalence=(counts["n_positive"] / counts["n"]).round(3))


def _groups(patients: pd.DataFrame) -> pd.Series:
    if "group_id" not in patients:
        return patients["patient_id"]
    return patients["group_id"].fillna(patients["patient_id"])


def _assign_splits(
    patients: pd.DataFrame, included: pd.DataFrame, settings: SplitSettings
) -> pd.Series:
    splits = pd.Series(TRAINING, index=included.index, dtype="string")
    if settings.development_center is None:
        return splits
    if "center" not in patients:
        raise ContractError(
            "expected a column 'center' in patients.csv for the article's split; add it, or use"
            " `split=cross_validation` to put every patient in training"
        )
    center = patients.loc[included.index, "center"]
    unknown = included.loc[center.isna(), "patient_id"]
    if len(unknown):
        raise ContractError(
            f"expected a centre for every patient, but {len(unknown)} have none: {first(unknown)}"
        )
    splits[center != settings.development_center] = "external"
    if settings.temporal_from is not None:
        late = included["study_date"] >= settings.temporal_from
        splits[(splits == TRAINING) & late.fillna(False)] = "internal_2"
    splits = _keep_groups_together(splits, included["group_id"])
    if settings.holdout_parts:
        early = included[splits == TRAINING]
        part = draw_folds(
            early["target"],
            early["group_id"],
            n_folds=settings.holdout_parts,
            seed=settings.seed,
        )
        splits[part.index[part == 0]] = "internal_1"
    return splits


def _keep_groups_together(splits: pd.Series, groups: pd.Series) -> pd.Series:
    # Training wins: a group that is learnt from may not be tested on.
    order = splits.map({TRAINING: 0, "internal_2": 1, "external": 2})
    winner = order.groupby(groups).transform("min")
    return winner.map({0: TRAINING, 1: "internal_2", 2: "external"}).astype("string")
