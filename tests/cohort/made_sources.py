"""Trees of public data sets with their exact names and tiny volumes."""

from pathlib import Path

import nibabel as nib
import numpy as np

SHAPE = (4, 5, 6)
AFFINE = np.diag([2.0, 2.0, 3.0, 1.0])


def write_nifti(path: Path, *, affine=AFFINE, shape=SHAPE) -> Path:
    """Write a small volume."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.arange(np.prod(shape)).reshape(shape) % 2
    nib.save(nib.Nifti1Image(values.astype(np.int16), affine), path)
    return path


def write_damaged(path: Path) -> Path:
    """Write a file that is no volume whatever its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"no volume")
    return path


def write_cirrmri600(root: Path, *, doubled=False, metadata="Metadata") -> Path:
    """Write CirrMRI600+: patients 1 to 4, healthy 1 and 2; patient 2 is train in T1, test in T2."""
    sides = {"T1": {"1": "train", "2": "train", "3": "valid"}, "T2": {"1": "train", "2": "test",
                                                                      "4": "test"}}  # fmt: skip
    for contrast, patients in sides.items():
        name = f"Cirrhosis_{contrast}_3D"
        folder = root / name / name if doubled else root / name
        for patient, side in patients.items():
            write_nifti(folder / f"{side}_images" / f"{patient}.nii.gz")
            write_nifti(folder / f"{side}_masks" / f"{patient}.nii.gz")
        healthy = root / "Healthy_subjects" / f"{contrast}_W_Healthy"
        for person in ("1", "2"):
            write_nifti(healthy / f"{contrast}_images" / f"{person}.nii.gz")
            write_nifti(healthy / f"{contrast}_masks" / f"{person}.nii.gz")
    png = root / "Cirrhosis_T2_2D" / "train" / "1" / "images" / "1.png"
    png.parent.mkdir(parents=True)
    png.write_bytes(b"")
    place = root / metadata if metadata else root
    place.mkdir(parents=True, exist_ok=True)
    names = ["Patient ID", " Age", "Gender ", "Radiological Evaluation"]
    rows = [["1", "61", "2", "3"], ["2 ", " 55", "1", "1"], ["3", "48", "2", "2"]]
    (place / "CirrMRI600+_CompleteData_age_gender_evaluation.csv").write_text(
        "\n".join(",".join(row) for row in [names, *rows]) + "\n", encoding="utf-8-sig"
    )
    (place / "Healthy_demographics.csv").write_text(
        "ID,Age,Gender\n1,30,1\n2,31,2\n", encoding="utf-8-sig"
    )
    (place / "labels.txt").write_text("1 female\n")
    return root


def write_care_liver(root: Path) -> Path:
    """Write LiQA: three training cases of two vendors, two of validation."""
    training, validation = root / "LiQA_training_data", root / "LiQA_val" / "Data"
    files = {
        training / "Vendor_B2" / "1075-B2-S4": ("T1", "T2", "DWI_800", "GED1", "GED2", "GED3",
                                                "GED4", "mask_GED4"),
        training / "Vendor_A" / "1920-A-S1": ("T1", "T2", "GED2", "GED4", "mask_GED4"),
        training / "Vendor_B1" / "0007-B1-S3-S2": ("T1", "GED2", "notes"),
        validation / "Vendor_A" / "0001-A": ("T1", "T2", "GED4"),
        validation / "0002-B1": ("T2",),
    }  # fmt: skip
    for folder, stems in files.items():
        for stem in stems:
            write_nifti(folder / f"{stem}.nii.gz")
    (root / "LiQA_val" / "info.csv").write_text(
        'Case,Vendor,"Missing Modality"\n0001-A,A,GED1\n0002-B1,B1,"T1, GED4"\n0003-A,A,\n',
        encoding="utf-8-sig",
    )
    return root


def write_liverhccseg(root: Path) -> Path:
    """Write LiverHccSeg: one patient with two studies, one with a single, incomplete study."""
    top = root / "nifti_and_segms"
    whole = ("pre", "art", "pv", "del", "art_pre", "art_pv", "art_del", "rater1_liver",
             "rater2_liver", "rater1_tumor1")  # fmt: skip
    turned = np.diag([-2.0, 2.0, 3.0, 1.0])
    for date in ("2001-02-03", "04-05-2002"):
        for stem in whole:
            affine = turned if stem.startswith("art_") else AFFINE
            write_nifti(top / "TCGA-BC-4073" / date / f"{stem}.nii.gz", affine=affine)
    for stem in ("pre", "art"):
        write_nifti(top / "TCGA-DD-A1EG" / "20030607" / f"{stem}.nii.gz")
    (root / "LiverHccSeg_MetaData_v1.1.xlsx").write_bytes(b"PK")
    return root
