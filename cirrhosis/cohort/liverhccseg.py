"""LiverHccSeg: masks by two raters for 17 patients of TCGA-LIHC, and their phases as NIfTI.

Layout: `nifti_and_segms/<TCGA patient>/<date>/{pre,art,pv,del}.nii.gz`, the phases aligned to
the arterial one as `art_{pre,pv,del}.nii.gz`, `rater{1,2}_liver.nii.gz`. The masks lie on the
arterial grid.
"""

from pathlib import Path

from cirrhosis.cohort.found_images import MASK, STUDY, VOLUME, FoundImages, FoundVolume
from cirrhosis.cohort.image_import_settings import LiverHccSegSettings
from cirrhosis.cohort.source_tree import (
    expect_any,
    find_folder,
    list_folders,
    list_niftis,
    read_date,
)

PHASES = {"pre": "t1", "art": "art", "pv": "pvp", "del": "late"}
FIXED = "art"


def find_liverhccseg(root: Path, settings: LiverHccSegSettings) -> FoundImages:
    """Return the studies below `root`; the arterial phase carries the mask.

    Raises:
        ContractError: If no patient of TCGA lies there.
    """
    top = find_folder(root, "nifti_and_segms") or root
    images = FoundImages(root)
    patients = [folder for folder in list_folders(top) if folder.name.startswith("TCGA-")]
    expect_any(patients, root, ["nifti_and_segms/TCGA-XX-XXXX"], "folders named by TCGA patients")
    for patient in patients:
        images.add_patient(patient.name)
        for study in list_folders(patient):
            _add_study(images, patient.name, study, settings)
    images.notes.append(
        "masks lie on the arterial grid: prepare with preparation.registration.target=art, which"
        " needs no T2; there is none"
    )
    return images


def _add_study(
    images: FoundImages, patient_id: str, study: Path, settings: LiverHccSegSettings
) -> None:
    files = list_niftis(study)
    date = read_date(study.name)
    if not files:
        images.leave_out(STUDY, study, "no NIfTI file lies in it")
        return
    mask = files.pop(f"rater{settings.rater}_liver", None)
    if mask is None:
        absent = study / f"rater{settings.rater}_liver.nii.gz"
        images.leave_out(MASK, absent, f"rater {settings.rater} drew no liver in this study")
    for phase, sequence in PHASES.items():
        path = files.pop(_name_file(phase, settings), None)
        if path is None:
            absent = study / f"{_name_file(phase, settings)}.nii.gz"
            images.leave_out(VOLUME, absent, "the study lacks this phase")
            continue
        own = mask if phase == FIXED else None
        images.add_nifti(
            FoundVolume(patient_id, date, sequence, path, own, reason=f"phase {phase}")
        )
    for stem, path in files.items():
        kind = MASK if stem.startswith("rater") else VOLUME
        images.leave_out(kind, path, _explain_rest(stem, settings))


def _name_file(phase: str, settings: LiverHccSegSettings) -> str:
    is_aligned = settings.phases == "registered" and phase != FIXED
    return f"{FIXED}_{phase}" if is_aligned else phase


def _explain_rest(stem: str, settings: LiverHccSegSettings) -> str:
    if "tumor" in stem:
        return "tumour masks are not used"
    if stem.startswith("rater"):
        return f"masks of the other rater are not used (source.rater={settings.rater})"
    return f"phases of the other kind are not used (source.phases={settings.phases})"
