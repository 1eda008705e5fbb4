"""A cohort of any size out of a folder of real volumes, for timing alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import SimpleITK as sitk

from cirrhosis.contracts.cohort import write_cohort
from cirrhosis.contracts.splits import write_splits
from cirrhosis.imaging.geometry import image_of, like, volume_of
from cirrhosis.imaging.nifti import read_nifti

# Contrast as a power of the intensity, rotation about the body's axis, and shift in LPS.
MOVES = {"t1": (0.7, 3.0, (4.0, -3.0, 6.0)), "t2": (1.4, -2.0, (-3.0, 2.0, -5.0))}


def make_cohort(data: Path, root: Path, n_patients: int, *, n_sequences: int) -> None:
    """Write cohort and split `made` below `root`; a donor serves many patients by links.

    The fixed sequence `pvp` is the real volume. With three sequences, `t1` and `t2` are made
    of it by a rigid move, another contrast and noise, so that registration has work to do.

    Args:
        data: Folder of `image_<id>.nii.gz` and `label_<id>.nii.gz`, 1 = liver.
        root: Of the outputs.
        n_patients: How many.
        n_sequences: 1 or 3.
    """
    cohort = root / "cohorts/made"
    images = sorted(data.glob("image_*.nii.gz"))
    sources = {image.name: [image, *_move(image, cohort, n_sequences)] for image in images}
    rows = []
    for number in range(n_patients):
        image = images[number % len(images)]
        mask = image.with_name(image.name.replace("image_", "label_"))
        patient = f"copy-{number:04d}"
        for sequence, path in zip(("pvp", "t1", "t2"), sources[image.name], strict=False):
            link = cohort / "volumes" / f"{patient}_{sequence}.nii.gz"
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.absolute())
            rows.append((patient, sequence, str(link), str(mask) if sequence == "pvp" else None))
    columns = ["patient_id", "sequence", "path", "liver_mask_path"]
    patients = sorted({row[0] for row in rows})
    write_cohort(
        cohort, pd.DataFrame({"patient_id": patients}), pd.DataFrame(rows, columns=columns)
    )
    _write_split(root / "splits/made.csv", patients)


def _move(image: Path, cohort: Path, n_sequences: int) -> list[Path]:
    if n_sequences == 1:
        return []
    volume = volume_of(read_nifti(image))
    paths = []
    for sequence, (power, degrees, shift) in MOVES.items():
        move = sitk.Euler3DTransform()
        middle = image_of(volume).TransformContinuousIndexToPhysicalPoint(
            [(n - 1) / 2 for n in volume.array.shape[::-1]]
        )
        move.SetCenter(middle)
        move.SetRotation(0.0, 0.0, float(np.deg2rad(degrees)))
        move.SetTranslation(shift)
        moved = sitk.Resample(image_of(volume), move, sitk.sitkLinear, 0.0)
        array = sitk.GetArrayFromImage(moved) / volume.array.max()
        noise = np.random.default_rng(len(image.name)).normal(0, 0.01, array.shape)
        contrast = (np.clip(array, 0, 1) ** power + np.abs(noise)) * 1000
        path = cohort / "moved" / f"{sequence}_{image.name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        sitk.WriteImage(image_of(like(volume, contrast.astype(np.float32))), str(path))
        paths.append(path)
    return paths


def _write_split(path: Path, patients: list[str]) -> None:
    n = len(patients)
    table = {
        "patient_id": patients,
        "study_date": pd.NA,
        "target": [number % 2 for number in range(n)],
        "split": "training",
        "fold": [number // 2 % 2 for number in range(n)],
        "excluded_for": pd.NA,
    }
    write_splits(pd.DataFrame(table), path)
