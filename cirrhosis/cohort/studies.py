"""Which examination of a patient is used, and how many days lie before the reference."""

import pandas as pd

# Words of the column `specimen` that come from an operation: an MRI after it shows another liver.
SURGICAL_SPECIMENS = ("resection", "transplant", "explant", "hepatectomy", "surgery")


def choose_studies(
    patients: pd.DataFrame, volumes: pd.DataFrame, *, before_surgery: bool = True
) -> pd.DataFrame:
    """Return one study per patient: the one nearest to the reference date.

    Without a reference date the earliest study counts. Ties go to the earlier study.

    Args:
        patients: Rows of `patients.csv`.
        volumes: Rows of `volumes.csv`.
        before_surgery: Whether a study up to the operation goes before a nearer one after it,
            where `specimen` is one of `SURGICAL_SPECIMENS`.

    Returns:
        Columns `patient_id`, `study_date` (missing where undated), `days_to_reference`
        (absolute, missing where a date is missing), `sequences` (sorted, joined by `+`).
    """
    studies = (
        volumes.groupby(["patient_id", "study_date"], dropna=False)["sequence"]
        .agg(lambda names: "+".join(sorted(names)))
        .rename("sequences")
        .reset_index()
    )
    rows = patients.set_index("patient_id").reindex(studies["patient_id"])
    days = days_before(read_column(rows, "reference_date"), studies["study_date"].to_numpy())
    after = (days < 0).fillna(False) & is_surgical(rows) & before_surgery
    studies["days_to_reference"] = days.abs().to_numpy()
    studies["after_surgery"] = after.to_numpy()
    order = ["patient_id", "after_surgery", "days_to_reference", "study_date"]
    chosen = studies.sort_values(order, na_position="last").drop_duplicates("patient_id")
    return chosen.drop(columns="after_surgery")


def date_examinations(patients: pd.DataFrame, studies: pd.DataFrame) -> pd.DataFrame:
    """Return what is known of every patient's MRI, with the index of `patients`.

    Args:
        patients: Rows of `patients.csv`.
        studies: Output of `choose_studies`.

    Returns:
        Columns `has_volumes`, `study_date` (of the chosen study, else `mri_date`) and
        `days_before_reference` (negative after it, missing where a date is missing).
    """
    by_patient = studies.set_index("patient_id")["study_date"]
    dates = patients["patient_id"].map(by_patient).astype("string")
    dates = dates.fillna(read_column(patients, "mri_date").astype("string"))
    return pd.DataFrame(
        {
            "has_volumes": patients["patient_id"].isin(studies["patient_id"]),
            "study_date": dates,
            "days_before_reference": days_before(
                read_column(patients, "reference_date"), dates.to_numpy()
            ),
        }
    )


def days_before(reference: pd.Series, dates: object) -> pd.Series:
    """Return whole days from `dates` to `reference`, missing where either is missing."""
    examined = pd.Series(pd.to_datetime(pd.Series(dates)).to_numpy(), index=reference.index)
    return (pd.to_datetime(reference) - examined).dt.days.astype("Float64")


def is_surgical(patients: pd.DataFrame) -> "pd.Series[bool]":
    """Return whether the reference comes from an operation; a missing specimen does not say so."""
    words = read_column(patients, "specimen").astype("string").str.strip().str.lower()
    return words.isin(SURGICAL_SPECIMENS)


def read_column(patients: pd.DataFrame, name: str) -> pd.Series:
    """Return a column, missing throughout where it is absent."""
    if name in patients:
        return patients[name]
    return pd.Series(pd.NA, index=patients.index, dtype="Float64")
