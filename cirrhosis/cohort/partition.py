"""Draws the split: training, internal and external tests, and folds."""

from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from cirrhosis.clinical.plausibility import change_limits, find_implausible
from cirrhosis.cohort.center_folds import CenterFoldSettings, fold_by_center
from cirrhosis.cohort.eligibility import EligibilitySettings, Rule, find_exclusions, list_rules
from cirrhosis.cohort.flow import count_flow, count_flow_by_group
from cirrhosis.cohort.folds import draw_folds
from cirrhosis.cohort.labels import (
    LabelSettings,
    explain_labels,
    label_patients,
    permute_labels,
)
from cirrhosis.cohort.studies import choose_studies, date_examinations, read_column
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
            are `internal_2`; the date of the reference counts where that of the MRI is
            missing. None makes no such split.
        holdout_parts: One of this many stratified parts becomes `internal_1`; 0 makes none.
        n_folds: Folds inside `training`, where they are drawn.
        folds_by: `draw`: stratified at random. `center`: each fold is a centre.
        center_folds: When a centre is large enough to be a fold.
        eligibility: Who takes part.
    """

    seed: int
    development_center: str | None = "1"
    temporal_from: str | None = "2021-06-01"
    holdout_parts: int = 10
    n_folds: int = 5
    folds_by: str = "draw"
    center_folds: CenterFoldSettings = field(default_factory=CenterFoldSettings)
    eligibility: EligibilitySettings = field(default_factory=EligibilitySettings)

    def __post_init__(self) -> None:
        """Refuse an unknown word."""
        if self.folds_by not in ("draw", "center"):
            raise ValueError(f"expected folds_by of draw or center, got '{self.folds_by}'")


class Partition(NamedTuple):
    """A drawn split and how it came to be.

    Attributes:
        table: Rows of the split file.
        flow: Patient flow.
        balance: Patients, positives and prevalence per split and fold.
        group_flow: Patient flow of each class and each centre.
        implausible: Values outside their limits, and what became of them (`treatment`).
        fold_centers: Centres of each fold; None where folds were drawn.
    """

    table: pd.DataFrame
    flow: pd.DataFrame
    balance: pd.DataFrame
    group_flow: pd.DataFrame
    implausible: pd.DataFrame
    fold_centers: pd.DataFrame | None


def draw_partition(cohort: Cohort, label: LabelSettings, settings: SplitSettings) -> Partition:
    """Label the patients, exclude by rule, and draw splits and folds by group.

    The article's rule: the development centre before a date, nine parts of ten for
    training and one for `internal_1`; the same centre later is `internal_2`; other
    centres are `external`. A group stands where its first training patient stands.

    Raises:
        ContractError: If a needed column is absent or a class is too rare for the folds.
    """
    patients, rules_of = cohort.patients, settings.eligibility
    known = label_patients(patients, label)
    studies = choose_studies(
        patients, cohort.volumes, before_surgery=rules_of.require_mri_before_surgery
    )
    examinations = date_examinations(patients, studies)
    rules = list_rules(patients, explain_labels(patients, known, label), examinations, rules_of)
    reasons = find_exclusions(rules, patients.index)
    _check_anybody(reasons, rules)
    targets = known.mask(reasons.notna())
    if label.permute_seed is not None:
        targets = permute_labels(targets, label.permute_seed)
    table = pd.DataFrame(
        {
            "patient_id": patients["patient_id"],
            "group_id": _groups(patients),
            "study_date": examinations["study_date"],
            "target": targets,
            "split": pd.Series(pd.NA, index=patients.index, dtype="string"),
            "fold": pd.Series(pd.NA, index=patients.index, dtype="Int64"),
            "excluded_for": reasons,
        }
    )
    included = table.index[reasons.isna()]
    table.loc[included, "split"] = _assign_splits(patients, table.loc[included], settings)
    training = table.loc[included][table.loc[included, "split"] == TRAINING]
    folds, fold_centers = _assign_folds(patients, training, settings)
    table.loc[training.index, "fold"] = folds
    return Partition(
        table=table[list(COLUMNS)],
        flow=count_flow(rules, reasons, known, table["split"]),
        balance=describe_balance(table),
        group_flow=count_flow_by_group(rules, reasons, known, read_column(patients, "center")),
        implausible=find_implausible(patients, change_limits(rules_of.plausible_limits)).assign(
            treatment=rules_of.implausible
        ),
        fold_centers=fold_centers,
    )


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


def _check_anybody(reasons: pd.Series, rules: list[Rule]) -> None:
    if reasons.notna().all():
        counts = [f"{rule.name}: {n}" for rule in rules if (n := int((reasons == rule.name).sum()))]
        raise ContractError(
            f"expected patients who take part, but the rules exclude all {len(reasons)}:"
            f" {first(counts)}. Change `split.eligibility` (`require_mri=false` for a clinical"
            " table without images), or correct the table."
        )


def _groups(patients: pd.DataFrame) -> pd.Series:
    if "group_id" not in patients:
        return patients["patient_id"]
    return patients["group_id"].fillna(patients["patient_id"])


def _assign_folds(
    patients: pd.DataFrame, training: pd.DataFrame, settings: SplitSettings
) -> tuple[pd.Series, pd.DataFrame | None]:
    targets, groups = training["target"], training["group_id"]
    if settings.folds_by == "draw":
        return draw_folds(targets, groups, n_folds=settings.n_folds, seed=settings.seed), None
    centers = _read_centers(patients, training, "split=leave_one_center_out")
    return fold_by_center(targets, groups, centers, settings.center_folds)


def _read_centers(patients: pd.DataFrame, included: pd.DataFrame, split: str) -> pd.Series:
    if "center" not in patients:
        raise ContractError(
            f"expected a column 'center' in patients.csv for {split}; add it, or use"
            " `split=cross_validation` to put every patient in training and draw the folds"
        )
    centers = patients.loc[included.index, "center"].astype("string")
    unknown = included.loc[centers.isna(), "patient_id"]
    if len(unknown):
        raise ContractError(
            f"expected a centre for every patient, but {len(unknown)} have none: {first(unknown)}."
            " Fill it in, or use `split=cross_validation`."
        )
    return centers


def _assign_splits(
    patients: pd.DataFrame, included: pd.DataFrame, settings: SplitSettings
) -> pd.Series:
    splits = pd.Series(TRAINING, index=included.index, dtype="string")
    if settings.development_center is None:
        return splits
    center = _read_centers(patients, included, "the article's split")
    splits[center != settings.development_center] = "external"
    if settings.temporal_from is not None:
        reference = read_column(patients, "reference_date")[included.index].astype("string")
        late = included["study_date"].fillna(reference) >= settings.temporal_from
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
