"""Who takes part: rules in order, each counted (the patient flow)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pandas as pd

from cirrhosis.clinical.plausibility import change_limits, find_implausible, mark_implausible
from cirrhosis.cohort.studies import days_before, is_surgical, read_column

ADULT_YEARS = 18
IMPLAUSIBLE = ("ignore", "exclude", "missing")


@dataclass(frozen=True)
class EligibilitySettings:
    """The article's rules, each with a value that switches it off.

    A missing value passes every rule but `required_columns` and `require_mri`: it cannot be
    judged, and the flow counts how many passed so.

    Attributes:
        require_mri: Whether a patient needs volumes; false for a clinical table alone.
        minimum_age_years: Adults only; 0 switches it off.
        maximum_days_to_reference: Between MRI and specimen (the article: three months);
            None switches it off.
        require_mri_before_surgery: Whether an MRI after resection or transplant excludes; the
            article asks for an MRI before surgery or around biopsy.
        maximum_days_labs_to_reference: Between blood tests and specimen; None, the default,
            switches it off. The article states no such rule.
        exclude_prior_treatment: Whether prior liver-directed treatment excludes.
        exclude_inadequate_images: Whether inadequate image quality excludes.
        exclude_inadequate_specimen: Whether a specimen noted as inadequate excludes. The
            article asks for a stage only.
        required_columns: Columns that must be filled, such as laboratory values; the
            article took complete cases only. Empty leaves missing labs to `fuse`.
        implausible: What becomes of values outside the limits of
            `cirrhosis/clinical/plausible_limits.py`: `ignore`, `exclude` the patient, or take
            the value as `missing`. The article says nothing of it.
        plausible_limits: Low and high of columns whose limits are to be others.
    """

    require_mri: bool = True
    minimum_age_years: float = ADULT_YEARS
    maximum_days_to_reference: float | None = 92
    require_mri_before_surgery: bool = True
    maximum_days_labs_to_reference: float | None = None
    exclude_prior_treatment: bool = True
    exclude_inadequate_images: bool = True
    exclude_inadequate_specimen: bool = True
    required_columns: tuple[str, ...] = ()
    implausible: str = "ignore"
    plausible_limits: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse an unknown word and limits that are none."""
        if self.implausible not in IMPLAUSIBLE:
            raise ValueError(
                f"expected implausible to be one of {', '.join(IMPLAUSIBLE)},"
                f" got '{self.implausible}'"
            )
        change_limits(self.plausible_limits)


class Rule(NamedTuple):
    """One reason to leave the study.

    Attributes:
        name: The reason, as it stands in the split file.
        broken: Who breaks the rule.
        unknown: Who cannot be judged by it.
    """

    name: str
    broken: "pd.Series[bool]"
    unknown: "pd.Series[bool]"


def list_rules(
    patients: pd.DataFrame,
    unlabelled: "Mapping[str, pd.Series[bool]]",
    examinations: pd.DataFrame,
    settings: EligibilitySettings,
) -> list[Rule]:
    """Return the rules that apply, in the order in which they count.

    Args:
        patients: Rows of `patients.csv`.
        unlabelled: Who has no label, by reason.
        examinations: Output of `date_examinations`.
        settings: The rules.
    """
    return [
        *(_rule(reason, who) for reason, who in unlabelled.items()),
        *_flag_rule(patients, "specimen_adequate", "inadequate specimen", 0, settings),
        *_if(settings.require_mri, "no MRI", ~examinations["has_volumes"]),
        *_age_rule(patients, settings),
        *_date_rules(patients, examinations["days_before_reference"], settings),
        *_flag_rule(patients, "prior_liver_treatment", "prior liver treatment", 1, settings),
        *_flag_rule(patients, "image_quality_adequate", "inadequate images", 0, settings),
        *_lab_rules(patients, settings),
    ]


def find_exclusions(rules: Sequence[Rule], index: pd.Index) -> pd.Series:
    """Return why each patient is excluded, missing for those who take part.

    A patient who breaks several rules is counted under the first.
    """
    reasons = pd.Series(pd.NA, index=index, dtype="string")
    for rule in rules:
        reasons[reasons.isna() & rule.broken] = rule.name
    return reasons


def _age_rule(patients: pd.DataFrame, settings: EligibilitySettings) -> Iterator[Rule]:
    age, minimum = read_column(patients, "age_years"), settings.minimum_age_years
    return _if(minimum > 0, "under age", age < minimum, age.isna())


def _date_rules(
    patients: pd.DataFrame, days: pd.Series, settings: EligibilitySettings
) -> Iterator[Rule]:
    unknown = days.isna() | read_column(patients, "specimen").isna()
    after = (days < 0) & is_surgical(patients)
    yield from _if(settings.require_mri_before_surgery, "MRI after surgery", after, unknown)
    yield from _day_limit("MRI", days, settings.maximum_days_to_reference)
    labs = days_before(
        read_column(patients, "reference_date"), read_column(patients, "labs_date").to_numpy()
    )
    yield from _day_limit("labs", labs, settings.maximum_days_labs_to_reference)


def _day_limit(what: str, days: pd.Series, limit: float | None) -> Iterator[Rule]:
    if limit is not None:
        yield _rule(f"{what} over {limit:g} days from reference", days.abs() > limit, days.isna())


def _flag_rule(
    patients: pd.DataFrame, column: str, name: str, excluding: int, settings: EligibilitySettings
) -> Iterator[Rule]:
    applies = {
        "specimen_adequate": settings.exclude_inadequate_specimen,
        "prior_liver_treatment": settings.exclude_prior_treatment,
        "image_quality_adequate": settings.exclude_inadequate_images,
    }[column]
    flags = read_column(patients, column)
    return _if(applies, name, flags == excluding, flags.isna())


def _lab_rules(patients: pd.DataFrame, settings: EligibilitySettings) -> Iterator[Rule]:
    limits = change_limits(settings.plausible_limits)
    believed = patients
    if settings.implausible == "exclude":
        outside = find_implausible(patients, limits)["patient_id"]
        yield _rule("implausible values", patients["patient_id"].isin(outside))
    elif settings.implausible == "missing":
        believed = mark_implausible(patients, limits)
    for name in settings.required_columns:
        yield _rule(f"no {name}", read_column(believed, name).isna())


def _if(
    applies: bool, name: str, broken: pd.Series, unknown: pd.Series | None = None
) -> Iterator[Rule]:
    if applies:
        yield _rule(name, broken, unknown)


def _rule(name: str, broken: pd.Series, unknown: pd.Series | None = None) -> Rule:
    nobody = pd.Series(False, index=broken.index)
    return Rule(
        name,
        broken.fillna(False).astype(bool),
        nobody if unknown is None else unknown.astype(bool),
    )
