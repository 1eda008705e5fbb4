"""One row per patient: what the forests and the scores need, and who is left out."""

from dataclasses import dataclass

import pandas as pd

from cirrhosis.clinical.scores import apri, fib4
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.splits import TRAINING
from cirrhosis.fusion.settings import FusionSettings

UPPER_LIMIT = "ast_upper_limit_u_per_l"
READERS = ("reader_1", "reader_2")
SCORES = ("fib4", "apri")
FIB4_INPUTS = {"age_years", "ast_u_per_l", "alt_u_per_l", "platelets_e9_per_l"}
APRI_INPUTS = {"ast_u_per_l", "platelets_e9_per_l", UPPER_LIMIT}


@dataclass(frozen=True)
class FusionPatients:
    """Patients that take part.

    Attributes:
        table: Indexed by patient_id: group_id, y_true, split, fold.
        predictors: Same index: numbers that a forest may use.
        compared: Same index: `fib4`, `apri`, `reader_1`, `reader_2` and the baselines
            (oriented: a higher value speaks for the disease), where anybody has a value.
        counts: Per split, fold and variable, how many values are missing and what became
            of them; rows without a fold count the whole split.
    """

    table: pd.DataFrame
    predictors: pd.DataFrame
    compared: pd.DataFrame
    counts: pd.DataFrame


def read_patients(
    rows: pd.DataFrame, patients: pd.DataFrame, *, settings: FusionSettings
) -> FusionPatients:
    """Join the patients of prediction rows with their clinical columns.

    Raises:
        ContractError: If a predictor's or baseline's column or a patient's row is absent.
    """
    by_patient = patients.set_index("patient_id") if "patient_id" in patients else patients
    by_patient = by_patient.set_axis(by_patient.index.astype(str))
    _check_columns(by_patient, settings)
    facts = rows.drop_duplicates("patient_id").set_index("patient_id")[["y_true", "split", "fold"]]
    facts = facts.set_axis(facts.index.astype(str))
    strangers = facts.index.difference(by_patient.index)
    if len(strangers):
        raise ContractError(
            f"expected every predicted patient in patients.csv, but {len(strangers)} are absent:"
            f" {first(strangers)}. Use the cohort that the split was drawn from."
        )
    clinical = by_patient.loc[facts.index]
    table = facts.assign(group_id=_read_groups(clinical))
    predictors = clinical[list(settings.predictors)].apply(pd.to_numeric).astype(float)
    compared = _read_compared(clinical, settings)
    # A score without a value would leave its model without the patient, and the comparison
    # with the forest unpaired. Baselines may be rare, such as elastography, and do not count.
    scores = compared[[name for name in SCORES if name in compared]]
    gaps = pd.concat([predictors, scores], axis=1).isna()
    counts = _count_missing(gaps, table, settings)
    if settings.missing == "exclude":
        whole = ~gaps.any(axis=1)
        table, predictors, compared = table[whole], predictors[whole], compared[whole]
    return FusionPatients(table, predictors, compared, counts)


def _check_columns(patients: pd.DataFrame, settings: FusionSettings) -> None:
    lacking = [name for name in settings.predictors if name not in patients]
    if lacking:
        raise ContractError(
            f"expected the predictors as columns of patients.csv, but {len(lacking)} are absent:"
            f" {first(lacking)}. Add them or change fusion.predictors."
        )
    columns = [one.column for one in settings.baselines if one.column not in patients]
    if columns:
        raise ContractError(
            f"expected the baselines' columns in patients.csv, but {len(columns)} are absent:"
            f" {first(columns)}. Add them or change fusion.baselines."
        )


def _read_groups(rows: pd.DataFrame) -> pd.Series:
    own = pd.Series(rows.index.astype(str), index=rows.index, dtype="string")
    return rows["group_id"].astype("string").fillna(own) if "group_id" in rows else own


def _read_compared(rows: pd.DataFrame, settings: FusionSettings) -> pd.DataFrame:
    columns = _compute_scores(rows)
    columns |= {name: pd.to_numeric(rows[name]) for name in READERS if name in rows}
    for one in settings.baselines:
        values = pd.to_numeric(rows[one.column]).astype(float)
        columns[one.name] = values if one.direction == "higher" else -values
    # A column may stand in the table though nobody has a value in it: it makes no model.
    filled = {name: values for name, values in columns.items() if values.notna().any()}
    return pd.DataFrame(filled, index=rows.index)


def _compute_scores(rows: pd.DataFrame) -> dict[str, pd.Series]:
    inputs = FIB4_INPUTS | APRI_INPUTS
    lab = {name: pd.to_numeric(rows[name]) for name in rows if name in inputs}
    scores = {}
    if set(lab) >= FIB4_INPUTS:
        scores["fib4"] = fib4(**{name: lab[name] for name in sorted(FIB4_INPUTS)})
    if set(lab) >= APRI_INPUTS:
        scores["apri"] = apri(**{name: lab[name] for name in sorted(APRI_INPUTS)})
    return scores


def _count_missing(
    gaps: pd.DataFrame, table: pd.DataFrame, settings: FusionSettings
) -> pd.DataFrame:
    gaps = gaps.assign(any=gaps.any(axis=1))
    handling = {"exclude": "excluded", "impute": "imputed"}[settings.missing]
    fold = table["fold"].astype("Int64").where(table["split"] == TRAINING)
    parts: list[tuple[object, object, pd.DataFrame]] = [
        *((split, pd.NA, part) for split, part in gaps.groupby(table["split"])),
        *((TRAINING, number, part) for number, part in gaps.groupby(fold)),
    ]
    rows = [
        {
            "split": split,
            "fold": number,
            "variable": name,
            "n_patients": len(part),
            "n_missing": int(part[name].sum()),
            "handling": handling,
        }
        for split, number, part in parts
        for name in gaps.columns
    ]
    return pd.DataFrame(rows).astype({"fold": "Int64"})
