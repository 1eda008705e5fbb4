"""The label: who counts as positive."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cirrhosis.clinical.fibrosis import CIRRHOSIS, reaches_stage
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.randomness import seed_of


@dataclass(frozen=True)
class LabelSettings:
    """What makes a patient positive.

    Attributes:
        minimum_metavir_stage: Positive from this METAVIR-equivalent stage on; None asks each
            scheme for its own definition of cirrhosis.
        ishak_5_is_cirrhosis: Whether Ishak 5 (incomplete cirrhosis) counts as cirrhosis.
        column: A column of `patients.csv` that holds 0 and 1 and replaces the stage.
        permute_seed: Shuffles the labels among the included patients: a negative control.
    """

    minimum_metavir_stage: int | None = None
    ishak_5_is_cirrhosis: bool = True
    column: str | None = None
    permute_seed: int | None = None

    def __post_init__(self) -> None:
        """Refuse a stage that everybody or nobody reaches."""
        if self.minimum_metavir_stage not in (None, 1, 2, 3, CIRRHOSIS):
            raise ValueError(
                f"expected minimum_metavir_stage of 1 to {CIRRHOSIS} or null, got"
                f" {self.minimum_metavir_stage}"
            )


def label_patients(patients: pd.DataFrame, settings: LabelSettings) -> pd.Series:
    """Return the target of each patient as Int64, missing where the stage is missing.

    Two stages at once (`F3-F4`) give a target only where both are on one side of the label.

    Raises:
        ContractError: If the label's columns are absent, or a scheme or stage is unknown.
    """
    if settings.column is not None:
        return _from_column(patients, settings.column)
    absent = {"fibrosis_scheme", "fibrosis_stage"} - set(patients.columns)
    if absent:
        raise ContractError(
            f"patients.csv: expected the columns of the label, but {first(sorted(absent))} is"
            " absent; add it, or name a 0/1 column with `label.column`"
        )
    targets: dict[object, bool | None] = {}
    wrong = []
    staged = patients.dropna(subset=["fibrosis_scheme", "fibrosis_stage"])
    for index, row in staged.iterrows():
        try:
            targets[index] = _from_stage(row["fibrosis_scheme"], row["fibrosis_stage"], settings)
        except ValueError as error:
            wrong.append(f"{row['patient_id']}: {error}")
    if wrong:
        raise ContractError(
            f"patients.csv: expected known fibrosis schemes and stages, but {len(wrong)} rows"
            f" are not: {first(wrong)}. Correct them, or leave the stage empty to exclude."
        )
    return pd.Series(targets, dtype="Int64").reindex(patients.index)


def explain_labels(
    patients: pd.DataFrame, targets: pd.Series, settings: LabelSettings
) -> "dict[str, pd.Series[bool]]":
    """Return who has no target, by reason.

    Args:
        patients: Rows of `patients.csv`.
        targets: Output of `label_patients`.
        settings: Of the label.
    """
    if settings.column is not None:
        return {f"no {settings.column}": targets.isna()}
    staged = patients[["fibrosis_scheme", "fibrosis_stage"]].notna().all(axis=1)
    across = targets.isna() & staged
    reasons = {"no fibrosis stage": targets.isna() & ~staged}
    return reasons | ({"stages on both sides of the label": across} if across.any() else {})


def permute_labels(targets: pd.Series, seed: int) -> pd.Series:
    """Return the known targets in another order: every link to the images is cut."""
    known = targets[targets.notna()]
    order = np.random.default_rng(seed_of(seed, "permute labels")).permutation(len(known))
    permuted = targets.copy()
    permuted.loc[known.index] = known.to_numpy()[order]
    return permuted


def _from_stage(scheme: str, stage: str, settings: LabelSettings) -> bool | None:
    minimum = settings.minimum_metavir_stage
    return reaches_stage(
        scheme,
        stage,
        CIRRHOSIS if minimum is None else minimum,
        ishak_5_is_cirrhosis=settings.ishak_5_is_cirrhosis,
    )


def _from_column(patients: pd.DataFrame, column: str) -> pd.Series:
    if column not in patients:
        raise ContractError(
            f"expected the label's column '{column}' in patients.csv, which has"
            f" {first(patients.columns, 12)}; correct `label.column`"
        )
    values = pd.to_numeric(patients[column], errors="coerce")
    wrong = patients.loc[patients[column].notna() & ~values.isin([0, 1]), "patient_id"]
    if len(wrong):
        raise ContractError(
            f"expected 0 or 1 in the label's column '{column}', but {len(wrong)} patients hold"
            f" something else: {first(wrong)}"
        )
    return values.astype("Int64")
