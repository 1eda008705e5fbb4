"""A tree of DICOM files in any layout: patients and studies by tags, masks by reference."""

import re
from pathlib import Path

from cirrhosis.cohort.dicom_studies import (
    DicomRules,
    TakenSeries,
    describe_scanners,
    group_studies,
    leave_out_refused,
    take_study,
)
from cirrhosis.cohort.found_images import PATIENT, FoundImages
from cirrhosis.cohort.mask_references import find_masks, join_masks
from cirrhosis.contracts.cohort import IDENTIFIER
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.series import FoundSeries


def find_dicom_tree(root: Path, rules: DicomRules) -> FoundImages:
    """Return the studies of every patient below `root`, named by PatientID.

    Raises:
        ContractError: If no volume lies there.
    """
    found = rules.find(root)
    if not found.series:
        raise ContractError(
            f"{root}: expected DICOM files that make volumes, but there are none, and"
            f" {sum(one.n_files for one in found.refused)} files make none; name the folder above"
            " the patients"
        )
    images = FoundImages(root)
    leave_out_refused(images, found)
    by_patient: dict[str, list[FoundSeries]] = {}
    for one in found.series:
        by_patient.setdefault(one.patient_id, []).append(one)
    taken: list[TakenSeries] = []
    for patient_id, series in sorted(by_patient.items()):
        if not re.fullmatch(IDENTIFIER, patient_id):
            images.leave_out(PATIENT, patient_id or "(none)", "PatientID is no identifier")
            continue
        with images.only_patient(patient_id):
            taken += take_patient(images, patient_id, series, rules)
    join_masks(images, taken, find_masks(found), rules.masks)
    return images


def take_patient(
    images: FoundImages, patient_id: str, series: list[FoundSeries], rules: DicomRules
) -> list[TakenSeries]:
    """Add the studies and the scanner of one patient; return the volumes that became sequences."""
    images.add_patient(patient_id)
    taken: list[TakenSeries] = []
    for study in group_studies(patient_id, series):
        taken += take_study(images, study, rules)
    images.add_patient(patient_id, **describe_scanners(one.series for one in taken))
    return taken
