"""CirrMRI600+: cirrhotic patients with masks, and healthy people from elsewhere.

Layout as downloaded from OSF (cuk24): `Cirrhosis_T1_3D/{train,valid,test}_{images,masks}`,
the same for T2, `Healthy_subjects/T{1,2}_W_Healthy/T{1,2}_{images,masks}`; each folder may
hold itself once more.
"""

from collections import defaultdict
from pathlib import Path

from cirrhosis.cohort.found_images import VOLUME, FoundImages, FoundVolume, first_of
from cirrhosis.cohort.image_import_settings import CirrMriSettings
from cirrhosis.cohort.source_tree import expect_any, find_folder, list_niftis
from cirrhosis.contracts.errors import first

SIDES = ("train", "valid", "test")
METADATA = "CirrMRI600+_CompleteData_age_gender_evaluation.csv"
HEALTHY_METADATA = "Healthy_demographics.csv"
Sides = dict[str, dict[str, str]]


def find_cirrmri600(root: Path, settings: CirrMriSettings) -> FoundImages:
    """Return the volumes of CirrMRI600+ below `root`, labelled by the group they come from.

    `cirrhosis` is 1 for every patient and 0 for every healthy person; the official split
    stands in `official_split_<sequence>`, and in `official_split` where sequences agree.

    Raises:
        ContractError: If neither patients nor healthy people lie there.
    """
    images = FoundImages(root)
    sides: Sides = defaultdict(dict)
    for contrast, sequence in settings.sequences.items():
        _find_cirrhotic(images, contrast, sequence, sides)
        _find_healthy(images, contrast, sequence, prefix=settings.healthy_prefix)
    wanted = ["Cirrhosis_T1_3D", "Cirrhosis_T2_3D", "Healthy_subjects"]
    expect_any(images.patients or images.left_out, root, wanted, "folders of CirrMRI600+")
    _note_sides(images, sides)
    if (slices := find_folder(root, "Cirrhosis_T2_2D")) is not None:
        images.leave_out(VOLUME, slices, "two-dimensional PNG slices are no volumes")
    images.notes.append(
        "healthy people come from another source than patients, so a network can tell them apart"
        " by the scanner: accuracy between the two groups is no accuracy of a diagnosis"
    )
    return images


def find_metadata(root: Path, name: str) -> Path | None:
    """Return a table of CirrMRI600+, in `Metadata` or at the top, if it is there."""
    inside = find_folder(root, "Metadata")
    return first_of([*([inside / name] if inside else []), root / name])


def _find_cirrhotic(images: FoundImages, contrast: str, sequence: str, sides: Sides) -> None:
    folder = find_folder(images.folder, f"Cirrhosis_{contrast}_3D")
    if folder is None:
        return
    for side in SIDES:
        masks = list_niftis(folder / f"{side}_masks")
        for name, path in list_niftis(folder / f"{side}_images").items():
            images.add_patient(name, cirrhosis=1)
            reason = f"{contrast} of CirrMRI600+"
            volume = FoundVolume(name, "", sequence, path, masks.get(name), reason=reason)
            if images.add_nifti(volume):
                sides[name][sequence] = side


def _find_healthy(images: FoundImages, contrast: str, sequence: str, *, prefix: str) -> None:
    healthy = find_folder(images.folder, "Healthy_subjects")
    folder = None if healthy is None else find_folder(healthy, f"{contrast}_W_Healthy")
    if folder is None:
        return
    masks = list_niftis(folder / f"{contrast}_masks")
    for name, path in list_niftis(folder / f"{contrast}_images").items():
        patient = f"{prefix}{name}"
        images.add_patient(patient, cirrhosis=0)
        reason = f"healthy {contrast} of CirrMRI600+"
        images.add_nifti(FoundVolume(patient, "", sequence, path, masks.get(name), reason=reason))


def _note_sides(images: FoundImages, sides: Sides) -> None:
    """Write the official side of each sequence, and say who stands on two sides."""
    across = []
    for patient, by_sequence in sorted(sides.items()):
        columns = {f"official_split_{name}": side for name, side in by_sequence.items()}
        agreed = set(by_sequence.values())
        if len(agreed) == 1:
            columns["official_split"] = agreed.pop()
        else:
            told = ", ".join(f"{name} {side}" for name, side in sorted(by_sequence.items()))
            across.append(f"{patient} ({told})")
        images.add_patient(patient, **columns)
    if across:
        images.notes.append(
            f"{len(across)} patients stand on two sides of the official split: {first(across)};"
            " it leaks between sequences, so draw a split of your own (`cirrhosis split`)"
        )
