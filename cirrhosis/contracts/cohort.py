"""The cohort folder: who the patients are and where their volumes lie."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.files import read_table, write_table
from cirrhosis.contracts.schema import check_table

# An identifier becomes a file name, so it may hold nothing that changes folders.
IDENTIFIER = r"^[A-Za-z0-9][A-Za-z0-9._-]*$"
DATE = r"^\d{4}-\d{2}-\d{2}$"

TEXT_COLUMNS = (
    "patient_id",
    "group_id",
    "center",
    "mri_date",
    "reference_date",
    "labs_date",
    "fibrosis_scheme",
    "fibrosis_stage",
    "sex",
    "etiology",
    "specimen",
    "ascites",
    "encephalopathy",
    "manufacturer",
    "contrast_agent",
    "artifact",
    "lesion_type",
    "lesion_location",
)
# Limits refuse what cannot be true in the stated unit; plausibility is a matter of eligibility.
POSITIVE_COLUMNS = (
    "age_years",
    "bmi_kg_per_m2",
    "platelets_e9_per_l",
    "total_bilirubin_umol_per_l",
    "albumin_g_per_l",
    "ast_u_per_l",
    "alt_u_per_l",
    "alp_u_per_l",
    "ggt_u_per_l",
    "inr",
    "ast_upper_limit_u_per_l",
    "creatinine_umol_per_l",
    "sodium_mmol_per_l",
    "field_strength_t",
    "stiffness_kpa",
)
COUNT_COLUMNS = ("lesion_count", "largest_lesion_cm")
FLAG_COLUMNS = (
    "reader_1",
    "reader_2",
    "prior_liver_treatment",
    "image_quality_adequate",
    "specimen_adequate",
    "diabetes",
    "iron_overload",
    "steatosis",
    "bile_duct_dilatation",
)
# Which volume of a DICOM folder a row means, and why it was chosen; importers fill them in.
SERIES_COLUMNS = ("series", "series_description", "series_reason")


def _optional_text(name: str) -> pa.Column:
    checks = [pa.Check.str_matches(DATE)] if name.endswith("_date") else None
    return pa.Column("string", checks, nullable=True, coerce=True, required=False)


def _optional_number(check: pa.Check) -> pa.Column:
    return pa.Column(float, check, nullable=True, coerce=True, required=False)


PATIENTS = pa.DataFrameSchema(
    {name: _optional_text(name) for name in TEXT_COLUMNS}
    | {name: _optional_number(pa.Check.gt(0)) for name in POSITIVE_COLUMNS}
    | {name: _optional_number(pa.Check.ge(0)) for name in COUNT_COLUMNS}
    | {name: _optional_number(pa.Check.isin([0, 1])) for name in FLAG_COLUMNS}
    | {"patient_id": pa.Column("string", pa.Check.str_matches(IDENTIFIER), coerce=True)}
)
VOLUMES = pa.DataFrameSchema(
    {
        "patient_id": pa.Column("string", pa.Check.str_matches(IDENTIFIER), coerce=True),
        "study_date": pa.Column(
            "string", pa.Check.str_matches(DATE), nullable=True, coerce=True, required=False
        ),
        "sequence": pa.Column("string", pa.Check.str_matches(r"^[a-z][a-z0-9_]*$"), coerce=True),
        "path": pa.Column("string", coerce=True),
        "liver_mask_path": pa.Column("string", nullable=True, coerce=True, required=False),
    }
    | {name: _optional_text(name) for name in SERIES_COLUMNS}
)


@dataclass(frozen=True)
class Cohort:
    """Patients and their volumes.

    Attributes:
        folder: Where `patients.csv` and `volumes.csv` lie; relative paths start here.
        patients: One row per patient; units stand in the column names, empty is missing.
        volumes: One row per patient, study and sequence; `path` is a NIfTI file or a DICOM
            folder, of which `series` names one volume.
    """

    folder: Path
    patients: pd.DataFrame
    volumes: pd.DataFrame

    def resolve(self, path: str) -> Path:
        """Return the absolute place of a path from `volumes.csv`."""
        return (self.folder / path).absolute()

    @property
    def sequences(self) -> list[str]:
        """Sequences that at least one patient has, sorted."""
        return sorted(self.volumes["sequence"].unique())


def check_patients(patients: pd.DataFrame, source: Path | str = "patients") -> pd.DataFrame:
    """Return `patients` with the contract's types; unknown columns are kept.

    Raises:
        ContractError: If a column breaks its rule or a patient has two rows.
    """
    table = check_table(patients.reset_index(drop=True), PATIENTS, source)
    repeated = table.loc[table["patient_id"].duplicated(), "patient_id"].unique()
    if len(repeated):
        raise ContractError(
            f"{source}: expected one row per patient, but {len(repeated)} patients have several:"
            f" {first(repeated)}. Keep one row each; several studies belong in volumes.csv."
        )
    return table


def check_volumes(
    volumes: pd.DataFrame, patients: pd.DataFrame, source: Path | str = "volumes"
) -> pd.DataFrame:
    """Return `volumes` with the contract's types.

    Raises:
        ContractError: If a column breaks its rule, a volume belongs to no patient, or a
            patient, study and sequence stands in two rows.
    """
    table = volumes.reset_index(drop=True)
    for optional in ("study_date", "liver_mask_path"):
        if optional not in table:
            table = table.assign(**{optional: pd.Series(pd.NA, index=table.index, dtype="string")})
    table = check_table(table, VOLUMES, source)
    strangers = sorted(set(table["patient_id"]) - set(patients["patient_id"]))
    if strangers:
        raise ContractError(
            f"{source}: expected every volume to belong to a patient of patients.csv, but"
            f" {len(strangers)} do not: {first(strangers)}. Add their rows or remove the volumes."
        )
    keys = ["patient_id", "study_date", "sequence"]
    repeated = table[table.duplicated(keys)]
    if len(repeated):
        names = (f"{row.patient_id} {row.sequence}" for row in repeated.itertuples())
        raise ContractError(
            f"{source}: expected one volume per patient, study and sequence, but"
            f" {len(repeated)} repeat: {first(names)}. Keep one, or give the studies dates."
        )
    return table


def read_cohort(folder: Path) -> Cohort:
    """Read and check a cohort folder; without `volumes.csv` it has no images.

    Raises:
        ContractError: If `patients.csv` is absent or a table breaks the contract.
    """
    patients = check_patients(
        read_table(folder / "patients.csv", TEXT_COLUMNS), folder / "patients.csv"
    )
    return Cohort(folder.absolute(), patients, _read_volumes(folder / "volumes.csv", patients))


def write_cohort(folder: Path, patients: pd.DataFrame, volumes: pd.DataFrame) -> Cohort:
    """Check both tables and write them; `patients.csv` comes last and marks the cohort whole.

    Raises:
        ContractError: If a table breaks the contract; nothing is written then.
    """
    patients = check_patients(patients, folder / "patients.csv")
    volumes = check_volumes(volumes, patients, folder / "volumes.csv")
    write_table(volumes, folder / "volumes.csv")
    write_table(patients, folder / "patients.csv")
    return Cohort(folder.absolute(), patients, volumes)


def _read_volumes(path: Path, patients: pd.DataFrame) -> pd.DataFrame:
    columns = tuple(VOLUMES.columns)
    # A cohort of a clinical table alone has no volumes; the rule `no MRI` of eligibility says so.
    table = read_table(path, columns) if path.is_file() else pd.DataFrame(columns=list(columns))
    return check_volumes(table, patients, path)
