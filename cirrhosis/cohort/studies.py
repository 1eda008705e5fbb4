"""Which examination of a patient is used."""

import pandas as pd


def choose_studies(patients: pd.DataFrame, volumes: pd.DataFrame) -> pd.DataFrame:
    """Return one study per patient: the one nearest to the reference date.

    Without a reference date the earliest study counts. Ties go to the earlier study.

    Args:
        patients: Rows of `patients.csv`.
        volumes: Rows of `volumes.csv`.

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
    reference = patients.set_index("patient_id").get("reference_date")
    dates = pd.to_datetime(studies["study_date"])
    if reference is None:
        studies["days_to_reference"] = pd.Series(pd.NA, index=studies.index, dtype="Float64")
    else:
        days = (dates - pd.to_datetime(studies["patient_id"].map(reference))).dt.days.abs()
        studies["days_to_reference"] = days.astype("Float64")
    order = ["patient_id", "days_to_reference", "study_date"]
    return studies.sort_values(order, na_position="last").drop_duplicates("patient_id")
