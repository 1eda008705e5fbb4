"""One row per patient: what the forests and the scores need, and who is left out."""

from dataclasses import dataclass

import pandas as pd

from cirrhosis.clinical.scores import apri, fib4
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.fusion.settings import FusionSettings

UPPER_LIMIT = "ast_upper_limit_u_per_l"
READERS = ("reader_1", "reader_2")


@dataclass(frozen=True)
class FusionPatients:
    """Patients that take part.

    Attributes:
        table: Indexed by patient_id: predictors, group_id, y_true, split, fold (training
            only), and the columns `fib4`, `apri`, `reader_1`, `reader_2` where they exist.
        counts: Per split and variable, how many values are missing and what became of them.
    """

    table: pd.DataFrame
    counts: pd.DataFrame


def read_patients(
    cnn: pd.DataFrame, patients: pd.DataFrame, *, settings: FusionSettings
) -> FusionPatients:
    """Join the CNN's patients with their clinical columns.

    Raises:
        ContractError: If a predictor's column or a patient's row is absent.
    """
    by_patient = patients.set_index("patient_id") if "patient_id" in patients else patients
    by_patient = by_patient.set_axis(by_patient.index.astype(str))
    lacking = [name for name in settings.predictors if name not in by_patient]
    if lacking:
        raise ContractError(
            f"expected the predictors as columns of patients.csv, but {len(lacking)} are absent:"
            f" {first(lacking)}. Add them or change fusion.predictors."
        )
    facts = cnn.drop_duplicates("patient_id").set_index("patient_id")[["y_true", "split", "fold"]]
    facts = facts.set_axis(facts.index.astype(str))
    strangers = facts.index.difference(by_patient.index)
    if len(strangers):
        raise ContractError(
            f"expected every predicted patient in patients.csv, but {len(strangers)} are absent:"
            f" {first(strangers)}. Use the cohort that the CNN was trained on."
        )
    table = facts.join(_read_clinical(by_patient.loc[facts.index], settings))
    needed = _list_needed(table, settings)
    counts = _count_missing(table, needed, settings)
    if settings.missing == "exclude":
        table = table[table[needed].notna().all(axis=1)]
    return FusionPatients(table, counts)


def _read_clinical(rows: pd.DataFrame, settings: FusionSettings) -> pd.DataFrame:
    numbers = rows[list(settings.predictors)].apply(pd.to_numeric).astype(float)
    columns = {name: numbers[name] for name in settings.predictors}
    groups = rows["group_id"].astype("string") if "group_id" in rows else None
    own = pd.Series(rows.index.astype(str), index=rows.index, dtype="string")
    columns["group_id"] = own if groups is None else groups.fillna(own)
    lab = {name: pd.to_numeric(rows[name]) for name in rows if name in LAB_INPUTS}
    if set(lab) >= FIB4_INPUTS:
        columns["fib4"] = fib4(**{name: lab[name] for name in sorted(FIB4_INPUTS)})
    if set(lab) >= APRI_INPUTS and lab[UPPER_LIMIT].notna().any():
        columns["apri"] = apri(**{name: lab[name] for name in sorted(APRI_INPUTS)})
    for name in READERS:
        if name in rows and rows[name].notna().any():
            columns[name] = pd.to_numeric(rows[name])
    return pd.DataFrame(columns)


FIB4_INPUTS = {"age_years", "ast_u_per_l", "alt_u_per_l", "platelets_e9_per_l"}
APRI_INPUTS = {"ast_u_per_l", "platelets_e9_per_l", UPPER_LIMIT}
LAB_INPUTS = FIB4_INPUTS | APRI_INPUTS


def _list_needed(table: pd.DataFrame, settings: FusionSettings) -> list[str]:
    # A score without a value would leave its model without the patient, and the comparison
    # with the forest unpaired.
    return [*settings.predictors, *(name for name in ("fib4", "apri") if name in table)]


def _count_missing(
    table: pd.DataFrame, needed: list[str], settings: FusionSettings
) -> pd.DataFrame:
    gaps = table[needed].isna()
    gaps["any"] = gaps.any(axis=1)
    handling = {"exclude": "excluded", "impute": "imputed"}[settings.missing]
    rows = [
        {
            "split": split,
            "variable": name,
            "n_patients": len(part),
            "n_missing": int(part[name].sum()),
            "handling": handling,
        }
        for split, part in gaps.groupby(table["split"])
        for name in gaps.columns
    ]
    return pd.DataFrame(rows)
