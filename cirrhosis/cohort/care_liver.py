"""CARE-Liver, LiQA and LiFS: gadoxetate studies with histologic stages in folder names.

Layout: `Vendor_<vendor>/<number>-<vendor>-S<stage>/{T1,T2,GED1..4,DWI_<b>,mask_GED4}.nii.gz`,
and a validation part without stages, with `info.csv` beside it.
"""

import re
from pathlib import Path
from typing import NamedTuple

from cirrhosis.cohort.found_images import (
    MASK,
    PATIENT,
    VOLUME,
    FoundImages,
    FoundVolume,
)
from cirrhosis.cohort.image_import_settings import CareLiverSettings
from cirrhosis.cohort.source_table import read_source_table
from cirrhosis.cohort.source_tree import expect_any, list_niftis, walk_folders
from cirrhosis.cohort.table_import_settings import TableFormat
from cirrhosis.contracts.errors import first

CASE = re.compile(r"(?P<number>\d+)-(?P<vendor>[A-Za-z]+\d*)(?P<rest>-.*)?")
STAGE = re.compile(r"-S([1-4])(?=-|$)")
DIFFUSION = re.compile(r"DWI_(\d+)", re.IGNORECASE)
VALIDATION = re.compile(r"(^|[_\W])val(idation)?([_\W]|$)", re.IGNORECASE)
MASK_OF = "mask_"
DEPTH = 5


class Case(NamedTuple):
    """A folder that holds one patient."""

    folder: Path
    patient_id: str
    vendor: str
    stage: str
    part: str


def find_care_liver(root: Path, settings: CareLiverSettings) -> FoundImages:
    """Return the cases of the challenge below `root`; the vendor is the centre.

    Raises:
        ContractError: If no folder has the name of a case.
    """
    images = FoundImages(root)
    cases = [
        case for folder in walk_folders(root, DEPTH) if (case := _read_name(folder, root, settings))
    ]
    expect_any(cases, root, ["1075-B2-S4"], "folders named <number>-<vendor>[-S<stage>]")
    for name in _find_repeated(cases):
        images.leave_out(PATIENT, name, "several folders hold a patient of this number and vendor")
        cases = [case for case in cases if case.patient_id != name]
    for case in cases:
        _add_case(images, case, settings)
    _read_info(images, cases)
    images.notes += _list_notes(images, settings)
    return images


def _read_name(folder: Path, root: Path, settings: CareLiverSettings) -> Case | None:
    found = CASE.fullmatch(folder.name)
    if found is None:
        return None
    stages = STAGE.findall(found["rest"] or "")
    above = (root.name, *folder.parent.relative_to(root).parts)
    is_validation = any(VALIDATION.search(name) for name in above) or not stages
    number = f"{found['number']}-{found['vendor']}"
    prefix = settings.validation_prefix if is_validation else ""
    part = "validation" if is_validation else "training"
    return Case(folder, prefix + number, found["vendor"], stages[-1] if stages else "", part)


def _find_repeated(cases: list[Case]) -> list[str]:
    names = [case.patient_id for case in cases]
    return sorted({name for name in names if names.count(name) > 1})


def _add_case(images: FoundImages, case: Case, settings: CareLiverSettings) -> None:
    staged = {"fibrosis_scheme": settings.fibrosis_scheme, "fibrosis_stage": f"S{case.stage}"}
    images.add_patient(
        case.patient_id,
        center=case.vendor,
        official_part=case.part,
        **(staged if case.stage else {}),
    )
    files = list_niftis(case.folder)
    masks = {stem[len(MASK_OF) :]: path for stem, path in files.items() if stem.startswith(MASK_OF)}
    for stem, path in files.items():
        if stem.startswith(MASK_OF):
            if stem[len(MASK_OF) :] not in files:
                images.leave_out(MASK, path, "the volume that the mask belongs to is absent")
            continue
        sequence = _find_sequence(stem, settings)
        if sequence is None:
            images.leave_out(VOLUME, path, "no sequence of source.sequences has this name")
            continue
        images.add_nifti(
            FoundVolume(case.patient_id, "", sequence, path, masks.get(stem), reason=stem)
        )


def _find_sequence(stem: str, settings: CareLiverSettings) -> str | None:
    diffusion = DIFFUSION.fullmatch(stem)
    return f"dwi_{diffusion[1]}" if diffusion else settings.sequences.get(stem)


def _read_info(images: FoundImages, cases: list[Case]) -> None:
    """Add what `info.csv` says of the validation part."""
    by_name = {case.folder.name: case for case in cases if case.part == "validation"}
    for path in sorted(images.folder.glob("**/info.csv")):
        table = read_source_table(path, TableFormat())
        if not {"Case", "Missing Modality"} <= set(table.columns):
            images.notes.append(f"{path} lacks the columns Case and Missing Modality: not read")
            continue
        for row in table.to_dict("records"):
            case = by_name.get(row["Case"])
            if case is None:
                images.leave_out(PATIENT, row["Case"], "info.csv names a case without a folder")
            else:
                images.add_patient(case.patient_id, missing_modality=row["Missing Modality"])


def _list_notes(images: FoundImages, settings: CareLiverSettings) -> list[str]:
    notes = [
        f"the stages S1 to S4 are taken as {settings.fibrosis_scheme} (source.fibrosis_scheme)"
    ]
    phases = {name: word for name, word in settings.sequences.items() if name.startswith("GED")}
    told = ", ".join(f"{name} as {word}" for name, word in phases.items())
    notes.append(
        f"which phase each GED file holds is not documented; taken are {told}"
        " (source.sequences): look at some before you use them"
    )
    masked = sorted({volume.sequence for volume in images.volumes.values() if volume.mask})
    if masked and "pvp" not in masked:
        notes.append(
            f"only {first(masked)} has masks: prepare with that as preparation.registration.target,"
            " or with another preparation.liver.source"
        )
    return notes
