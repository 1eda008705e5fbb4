"""Which volumes belong to the study of a patient that the split chose."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from cirrhosis.contracts.cohort import SERIES_COLUMNS, Cohort
from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.splits import Splits
from cirrhosis.imaging.study import PatientStudy, VolumeFile


def find_studies(
    cohort: Cohort, splits: Splits, *, target: str, sequences: tuple[str, ...], on_missing: str
) -> Iterator[tuple[str, PatientStudy | ContractError]]:
    """Yield each included patient with the study's files, or why there are none.

    Args:
        cohort: Where the volumes are.
        splits: Names the patients and the date of the study.
        target: The fixed sequence.
        sequences: Sequences to store.
        on_missing: `fail` or `skip`, for a sequence other than the target.
    """
    volumes = dict(tuple(cohort.volumes.groupby("patient_id")))
    nothing = cohort.volumes.iloc[:0]
    included = splits.included.sort_values("patient_id")
    dates = included["study_date"].fillna("")
    for patient_id, date in zip(included["patient_id"], dates, strict=True):
        rows = volumes.get(patient_id, nothing)
        try:
            study = _of_date(rows, date, patient_id)
            wanted = _present(study, target, sequences, on_missing, patient_id)
            yield patient_id, _files(study, wanted, cohort, patient_id)
        except ContractError as error:
            yield patient_id, error


def _of_date(rows: pd.DataFrame, date: str, patient_id: str) -> pd.DataFrame:
    """Return the rows of one study; without a date on either side, of the only one."""
    dates = rows["study_date"].fillna("")
    known = sorted(set(dates))
    if date and date in known:
        return rows[dates == date]
    if len(known) == 1 and "" in (date, known[0]):
        return rows
    raise ContractError(
        f"expected one study of '{patient_id}' dated {date or '(no date)'}, but"
        f" volumes.csv has {len(known)} studies: {first(known) or 'none'}; correct the dates or"
        " draw the split again"
    )


def _present(
    study: pd.DataFrame,
    target: str,
    sequences: tuple[str, ...],
    on_missing: str,
    patient_id: str,
) -> list[str]:
    """Return the sequences to read."""
    has = set(study["sequence"])
    absent = sorted({*sequences} - has)
    if target not in has:
        raise ContractError(
            f"expected the fixed sequence '{target}' of '{patient_id}', but the study has only"
            f" {first(sorted(has))}; add it, or choose another `preparation.registration.target`"
        )
    if absent and (on_missing == "fail" or not has & set(sequences)):
        raise ContractError(
            f"expected the sequences {', '.join(sequences)} of '{patient_id}', but {first(absent)}"
            " is absent; add it, leave it out of `preparation.sequences`, or store what there is"
            " with `preparation.on_missing=skip`"
        )
    return sorted(has & {target, *sequences})


def _files(study: pd.DataFrame, wanted: list[str], cohort: Cohort, patient_id: str) -> PatientStudy:
    rows = {str(row["sequence"]): row for row in study.fillna("").to_dict("records")}
    masks = {name: str(rows[name]["liver_mask_path"]) for name in wanted}
    return PatientStudy(
        patient_id=patient_id,
        volumes={name: _volume_file(rows[name], cohort) for name in wanted},
        masks={name: cohort.resolve(mask) for name, mask in masks.items() if mask},
    )


def _volume_file(row: Mapping[Hashable, Any], cohort: Cohort) -> VolumeFile:
    series, description, reason = (str(row.get(name, "")) for name in SERIES_COLUMNS)
    return VolumeFile(cohort.resolve(row["path"]), series, description, reason)
