"""What is known of every patient: the row of `patients.csv` beside the row of the split."""

import pandas as pd

from cirrhosis.contracts.cohort import check_patients
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.splits import TEST_SPLITS, TRAINING, check_splits

NOT_IN_SPLIT = "not in the split file"
ALL = "all"
UNKNOWN = "unknown"


def join_facts(patients: pd.DataFrame, splits_table: pd.DataFrame) -> pd.DataFrame:
    """Join the clinical columns with the split, excluded patients included.

    Args:
        patients: `patients.csv`, with or without `patient_id` as index.
        splits_table: Rows of the split file.

    Returns:
        Indexed by `patient_id` (string, in the order of `patients`): every column of
        `patients`, and `group_id`, `study_date`, `target` (Int64), `split`, `fold` (Int64) and
        `excluded_for` of the split file, which replace columns of these names. A patient whom
        a split from outside leaves out carries a reason in `excluded_for`.

    Raises:
        ContractError: If a table breaks its contract, or a patient of the split file has no
            row in `patients`.
    """
    named = "patient_id" in patients
    rows = patients if named else patients.rename_axis("patient_id").reset_index()
    known = check_patients(rows, "patients.csv").set_index("patient_id")
    drawn = check_splits(splits_table, "splits").set_index("patient_id")
    strangers = drawn.index.difference(known.index)
    if len(strangers):
        raise ContractError(
            f"expected every patient of the split file in patients.csv, but {len(strangers)} of"
            f" {len(drawn)} are absent: {first(strangers)}. Use the cohort that the split was"
            " drawn from, or add their rows."
        )
    absent = ~known.index.isin(drawn.index)
    facts = known.drop(columns=drawn.columns, errors="ignore").join(drawn)
    facts.loc[absent, "excluded_for"] = NOT_IN_SPLIT
    own = facts.index.to_series().astype("string")
    return facts.assign(group_id=facts["group_id"].fillna(own))


def included(facts: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the patients who take part."""
    return facts[facts["excluded_for"].isna()]


def read_classes(facts: pd.DataFrame, labels: "pd.Series[int] | None") -> "pd.Series[int]":
    """Return the class of every patient: the split's target, else the label where there is one.

    Args:
        facts: Output of `join_facts`.
        labels: Class by patient, excluded ones too, as `label_patients` gives it.
    """
    targets = facts["target"]
    return targets if labels is None else targets.fillna(labels.reindex(facts.index))


def parts_by_split(facts: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the included patients of each split that has any, in the splits' order, and `all`."""
    rows = included(facts)
    parts = {split: rows[rows["split"] == split] for split in (TRAINING, *TEST_SPLITS)}
    return {split: part for split, part in parts.items() if len(part)} | {ALL: rows}
