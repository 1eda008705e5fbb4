"""Folders of `image_<id>.nii.gz` and `label_<id>.nii.gz` as a cohort with folds."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cirrhosis.contracts.cohort import write_cohort
from cirrhosis.contracts.splits import TRAINING, write_splits

NAME = re.compile(r"image_([A-Za-z0-9._-]+?)\.nii(\.gz)?")


@dataclass(frozen=True)
class Case:
    """One volume.

    Attributes:
        name: Its identifier in the cohort.
        image: Where it lies.
        label: Where its labels lie.
    """

    name: str
    image: Path
    label: Path


def list_cases(folder: Path, prefix: str = "case") -> list[Case]:
    """Return the volumes of a folder, sorted; leaves the program if a label is absent."""
    cases = []
    for image in sorted(folder.absolute().iterdir()):
        found = NAME.fullmatch(image.name)
        if found is None:
            continue
        label = image.with_name(image.name.replace("image_", "label_", 1))
        if not label.exists():
            sys.exit(f"error: expected {label} beside {image.name}, but there is none")
        cases.append(Case(f"{prefix}-{found[1]}", image, label))
    if not cases:
        sys.exit(f"error: expected image_<id>.nii.gz in {folder}, but there is none")
    return cases


def draw_folds(cases: list[Case], n_folds: int, seed: int) -> dict[str, int]:
    """Return a fold for each case, of sizes that differ by one at most."""
    if len(cases) < 2 * n_folds:
        sys.exit(f"error: expected two volumes per fold or more, but got {len(cases)} volumes")
    order = np.random.default_rng(seed).permutation(len(cases))
    return {cases[number].name: place % n_folds for place, number in enumerate(order)}


def write_cohort_of(
    cases: list[Case], folds: dict[str, int], sequence: str, cohort: Path, splits: Path
) -> None:
    """Write a cohort and its split file; the class of each patient means nothing.

    A split needs both classes in each fold, so they alternate within it.
    """
    names = [case.name for case in cases]
    volumes = {
        "patient_id": names,
        "sequence": sequence,
        "path": [str(case.image) for case in cases],
        "liver_mask_path": [str(case.label) for case in cases],
    }
    write_cohort(cohort, pd.DataFrame({"patient_id": names}), pd.DataFrame(volumes))
    fold = pd.Series([folds[name] for name in names])
    table = pd.DataFrame(
        {
            "patient_id": names,
            "study_date": pd.NA,
            "target": fold.groupby(fold).cumcount() % 2,
            "split": TRAINING,
            "fold": fold,
            "excluded_for": pd.NA,
        }
    )
    write_splits(table, splits)
