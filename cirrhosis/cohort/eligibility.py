"""Who takes part: rules in order, each counted (the patient flow)."""

from dataclasses import dataclass

import pandas as pd

ADULT_YEARS = 18


@dataclass(frozen=True)
class EligibilitySettings:
    """The article's rules, each with a value that switches it off.

    Attributes:
        minimum_age_years: Adults only; 0 switches it off.
        maximum_days_to_reference: Between MRI and specimen (the article: three months);
            None switches it off. A missing date passes: it cannot be judged.
        exclude_prior_treatment: Whether prior liver-directed treatment excludes.
        exclude_inadequate_images: Whether inadequate image quality excludes.
        required_columns: Columns that must be filled, such as laboratory values; the
            article took complete cases only. Empty leaves missing labs to `fuse`.
    """

    minimum_age_years: float = ADULT_YEARS
    maximum_days_to_reference: float | None = 92
    exclude_prior_treatment: bool = True
    exclude_inadequate_images: bool = True
    required_columns: tuple[str, ...] = ()


def find_exclusions(
    patients: pd.DataFrame, targets: pd.Series, studies: pd.DataFrame, settings: EligibilitySettings
) -> pd.Series:
    """Return why each patient is excluded, missing for those who take part.

    A patient who breaks several rules is counted under the first.

    Args:
        patients: Rows of `patients.csv`.
        targets: Label of each row, missing where unknown.
        studies: Chosen study per patient.
        settings: The rules.
    """
    chosen = patients["patient_id"].map(studies.set_index("patient_id")["days_to_reference"])
    rules: list[tuple[str, pd.Series]] = [
        ("no fibrosis stage", targets.isna()),
        ("no MRI", ~patients["patient_id"].isin(studies["patient_id"])),
        ("under age", _column(patients, "age_years") < settings.minimum_age_years),
    ]
    if settings.maximum_days_to_reference is not None:
        late = chosen > settings.maximum_days_to_reference
        rules.append((f"MRI over {settings.maximum_days_to_reference:g} days from reference", late))
    if settings.exclude_prior_treatment:
        rules.append(("prior liver treatment", _column(patients, "prior_liver_treatment") == 1))
    if settings.exclude_inadequate_images:
        rules.append(("inadequate images", _column(patients, "image_quality_adequate") == 0))
    rules += [(f"no {name}", _column(patients, name).isna()) for name in settings.required_columns]
    reasons = pd.Series(pd.NA, index=patients.index, dtype="string")
    for reason, broken in rules:
        reasons[reasons.isna() & broken.fillna(False).astype(bool)] = reason
    return reasons


def count_flow(reasons: pd.Series) -> pd.DataFrame:
    """Return the patient flow: `step`, `excluded`, `remaining`."""
    remaining = len(reasons)
    rows = [{"step": "in patients.csv", "excluded": 0, "remaining": remaining}]
    for reason, excluded in reasons.dropna().value_counts(sort=False).items():
        remaining -= int(excluded)
        rows.append({"step": str(reason), "excluded": int(excluded), "remaining": remaining})
    return pd.DataFrame(rows)


def _column(patients: pd.DataFrame, name: str) -> pd.Series:
    if name in patients:
        return patients[name]
    return pd.Series(pd.NA, index=patients.index, dtype="Float64")
