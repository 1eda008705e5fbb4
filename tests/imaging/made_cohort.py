"""A cohort folder of made abdomens, and how it is prepared in tests."""

from pathlib import Path

import numpy as np
import pandas as pd

from cirrhosis.contracts.cohort import Cohort, read_cohort, write_cohort
from cirrhosis.contracts.progress import silent
from cirrhosis.contracts.splits import Splits, read_splits, write_splits
from cirrhosis.imaging.geometry import like
from cirrhosis.imaging.intensities import IntensitySettings
from cirrhosis.imaging.liver import FileLiverSegmenter
from cirrhosis.imaging.preparation import PrepareSummary, prepare_cohort
from cirrhosis.imaging.reading import read_volume
from cirrhosis.imaging.registration import choose_registrar
from cirrhosis.imaging.registration_settings import RegistrationSettings
from cirrhosis.imaging.settings import PrepareSettings
from tests.imaging.made_volumes import abdomen, liver_mask, motion, write

SETTINGS = PrepareSettings(
    registration=RegistrationSettings(
        shrink_factors=(2,), smoothing_mm=(3.0,), iterations=20, spacing_mm=4.0, even_bias=False
    ),
    intensities=IntensitySettings(image_size=32),
)
PATIENTS = ("A1", "A2", "A3", "A4")


def make_cohort(folder: Path, patients=PATIENTS, sequences=("pvp", "t1", "t2")) -> Cohort:
    """Write volumes, masks and tables, one motion per patient."""
    rows = []
    for number, patient in enumerate(patients):
        moved = motion((2, -1, number), (number, -3, 4))
        for sequence in sequences:
            path = f"volumes/{patient}_{sequence}.nii.gz"
            motion_of = {"moved": moved} if sequence != "pvp" else {}
            write(abdomen(sequence, seed=number, **motion_of), folder / path)
            mask = f"masks/{patient}.nii.gz" if sequence == "pvp" else None
            rows.append((patient, sequence, path, mask))
        labels = liver_mask().array.copy()
        # Patients differ in their livers.
        labels[: 6 + number % 3] = 0
        write(like(liver_mask(), labels.astype(np.uint8)), folder / f"masks/{patient}.nii.gz")
    volumes = pd.DataFrame(rows, columns=["patient_id", "sequence", "path", "liver_mask_path"])
    return write_cohort(folder, pd.DataFrame({"patient_id": list(patients)}), volumes)


def make_splits(path: Path, patients=PATIENTS, dates=None) -> Splits:
    """Write a split file with all patients in training."""
    n = len(patients)
    table = pd.DataFrame(
        {
            "patient_id": list(patients),
            "study_date": dates or pd.NA,
            "target": [k % 2 for k in range(n)],
            "split": "training",
            "fold": [k // 2 % 2 for k in range(n)],
            "excluded_for": pd.NA,
        }
    )
    return write_splits(table, path)


def prepare(folder: Path, store: str, settings=SETTINGS, **given) -> PrepareSummary:
    """Prepare the cohort in `folder` into a store beside it."""
    parts = {
        "reader": read_volume,
        "segmenter": FileLiverSegmenter(settings.liver),
        "registrar": choose_registrar(settings.registration),
        "n_workers": 1,
        "progress": silent,
        "splits": None,
    } | given
    splits = parts.pop("splits") or read_splits(folder / "splits.csv")
    return prepare_cohort(
        read_cohort(folder), splits, folder / store, name=store, settings=settings, **parts
    )


def contents(store: Path) -> dict[str, bytes]:
    """Return every file of a store by its path, but for its lock."""
    files = (path for path in store.rglob("*") if path.is_file() and path.name != ".lock")
    return {path.relative_to(store).as_posix(): path.read_bytes() for path in files}


def times(store: Path) -> dict[str, int]:
    """Return when each artefact was written."""
    return {
        path.relative_to(store).as_posix(): path.stat().st_mtime_ns
        for folder in ("livers", "transforms", "slices", "measures")
        for path in (store / folder).glob("A*")
    }
