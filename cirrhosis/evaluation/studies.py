"""Which volumes belong to the study of a patient that the split chose."""

import pandas as pd


def volumes_of_studies(part: pd.DataFrame, volumes: pd.DataFrame) -> pd.DataFrame:
    """Return the volumes of the patients' chosen studies.

    Where the volumes or the split carry no date, a patient's only study is the chosen one.

    Args:
        part: Rows of `join_facts`.
        volumes: `volumes.csv`.
    """
    rows = volumes[volumes["patient_id"].isin(part.index)]
    chosen = rows["patient_id"].map(part["study_date"]).fillna("")
    none = pd.Series(pd.NA, index=rows.index, dtype="string")
    dates = rows.get("study_date", none).astype("string").fillna("")
    n_studies = dates.groupby(rows["patient_id"]).transform("nunique")
    undated = (n_studies == 1) & ((chosen == "") | (dates == ""))
    return rows[(dates == chosen) | undated]
