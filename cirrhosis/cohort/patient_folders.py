"""One folder per patient: NIfTI files named by sequence, or DICOM files in any depth.

A patient's folder may hold one folder per study whose name starts with a date.
"""

import re
from pathlib import Path

from cirrhosis.cohort.dicom_studies import DicomRules, leave_out_refused
from cirrhosis.cohort.dicom_tree import take_patient
from cirrhosis.cohort.found_images import MASK, PATIENT, VOLUME, FoundImages, FoundVolume
from cirrhosis.cohort.image_import_settings import FolderSettings
from cirrhosis.cohort.mask_references import find_masks, join_masks
from cirrhosis.cohort.source_tree import expect_any, list_folders, list_niftis, read_date
from cirrhosis.contracts.cohort import IDENTIFIER
from cirrhosis.contracts.errors import first
from cirrhosis.contracts.progress import Progress


def find_patient_folders(
    root: Path, rules: DicomRules, settings: FolderSettings, *, progress: Progress
) -> FoundImages:
    """Return what lies in each patient's folder; the folder's name is the patient.

    Args:
        root: Holds the folders.
        rules: How DICOM files become sequences.
        settings: What names of NIfTI files mean.
        progress: Shows how far the patients are.

    Raises:
        ContractError: If `root` holds no folder.
    """
    images = FoundImages(root)
    folders = list_folders(root)
    expect_any(folders, root, ["A001"], "a folder per patient")
    for folder in progress(folders, total=len(folders), label="import"):
        if not re.fullmatch(IDENTIFIER, folder.name):
            images.leave_out(
                PATIENT, folder, "the folder's name is no identifier: letters, digits, . _ - only"
            )
            continue
        with images.only_patient(folder.name):
            if not _add_niftis(images, folder, settings):
                _add_dicom(images, folder, rules, settings)
    return images


def _add_niftis(images: FoundImages, folder: Path, settings: FolderSettings) -> bool:
    """Add the studies of a patient who has NIfTI files; return whether there are any."""
    dated = [(read_date(inner.name), inner) for inner in list_folders(folder)]
    studies = [("", folder), *((date, inner) for date, inner in dated if date)]
    named = [(date, inner) for date, inner in studies if _is_named(inner, settings)]
    for date, inner in named:
        images.add_patient(folder.name)
        _add_study(images, folder.name, date, list_niftis(inner), settings)
    return bool(named)


def _is_named(folder: Path, settings: FolderSettings) -> bool:
    return any(settings.find_sequence(stem) is not None for stem in list_niftis(folder))


def _add_study(
    images: FoundImages,
    patient_id: str,
    date: str,
    files: dict[str, Path],
    settings: FolderSettings,
) -> None:
    masks: dict[str, Path] = {}
    # A mask that names its sequence goes before one that names none.
    for stem in sorted(files, key=settings.is_unnamed_liver):
        sequence = settings.find_masked(stem)
        if sequence is not None and masks.setdefault(sequence, files[stem]) != files[stem]:
            images.leave_out(MASK, files[stem], "another mask of this volume is preferred")
    for stem, path in files.items():
        if settings.find_masked(stem) is not None:
            continue
        sequence = settings.find_sequence(stem)
        if sequence is None:
            images.leave_out(VOLUME, path, "no sequence of source.names has this name")
            continue
        mask = masks.pop(sequence, None)
        reason = f"file {path.name}"
        images.add_nifti(FoundVolume(patient_id, date, sequence, path, mask, reason=reason))
    for path in masks.values():
        images.leave_out(MASK, path, "the volume that the mask belongs to is absent")


def _add_dicom(
    images: FoundImages, folder: Path, rules: DicomRules, settings: FolderSettings
) -> None:
    found = rules.find(folder)
    leave_out_refused(images, found)
    persons = sorted({one.patient_id for one in found.series})
    if len(persons) > 1:
        images.leave_out(
            PATIENT, folder, "its DICOM files belong to several patients", first(persons)
        )
    elif not found.series:
        images.leave_out(PATIENT, folder, "no volume was found in it")
    else:
        taken = take_patient(images, folder.name, list(found.series), rules)
        join_masks(images, taken, find_masks(found), rules.masks)
        _join_named_masks(images, folder, settings)


def _join_named_masks(images: FoundImages, folder: Path, settings: FolderSettings) -> None:
    """Give DICOM volumes the masks that lie beside them as NIfTI files."""
    for stem, path in list_niftis(folder).items():
        sequence = settings.find_masked(stem)
        keys = [key for key in images.volumes if (key[0], key[2]) == (folder.name, sequence)]
        if len(keys) == 1:
            images.volumes[keys[0]] = images.volumes[keys[0]]._replace(mask=path)
        else:
            images.leave_out(MASK, path, "which volume the mask belongs to is open")
