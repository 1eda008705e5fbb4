"""With `target=t1` nothing that needs a contrast agent is opened, or need exist."""

from dataclasses import replace

import numpy as np
import pandas as pd

from cirrhosis.contracts.cohort import write_cohort
from cirrhosis.contracts.store import StoreLayout, read_slices
from cirrhosis.imaging.reading import read_volume
from tests.imaging.made_cohort import SETTINGS, make_splits, prepare
from tests.imaging.made_volumes import abdomen, liver_mask, motion, write

PATIENTS = ("A1", "A2", "A3", "A4")
T1_TARGET = replace(
    SETTINGS,
    sequences=("t1", "t2"),
    registration=replace(SETTINGS.registration, target="t1"),
)


def make(folder, sequences):
    """Write t1 and t2; a pvp that is named stands in the table alone, without any file."""
    write(abdomen("t1"), folder / "t1.nii.gz")
    write(abdomen("t2", moved=motion((2, -1, 3), (3, -3, 4)), seed=1), folder / "t2.nii.gz")
    write(liver_mask(), folder / "liver.nii.gz")
    masks = {"t1": "liver.nii.gz", "pvp": "no_such_liver.nii.gz"}
    rows = [
        (patient, name, f"{name}.nii.gz", masks.get(name))
        for patient in PATIENTS
        for name in sequences
    ]
    columns = ["patient_id", "sequence", "path", "liver_mask_path"]
    write_cohort(
        folder, pd.DataFrame({"patient_id": list(PATIENTS)}), pd.DataFrame(rows, columns=columns)
    )
    make_splits(folder / "splits.csv", PATIENTS)
    return folder


def test_no_pvp_file_is_opened_or_needed(tmp_path):
    opened = []

    def read(path, series=""):
        opened.append(path.name)
        return read_volume(path, series)

    folder = make(tmp_path / "named", ("pvp", "t1", "t2"))
    summary = prepare(folder, "store", T1_TARGET, reader=read)
    assert list(summary.failures["reason"]) == []
    assert summary.n_prepared == len(PATIENTS)
    assert set(opened) == {"t1.nii.gz", "t2.nii.gz"}
    slices = read_slices(StoreLayout(folder / "store").slices("A1"))
    assert sorted(slices.images) == ["t1", "t2"]
    assert slices.record["target"] == "t1"

    # The same patient in a cohort that has never heard of pvp gives the same slices.
    without = make(tmp_path / "unnamed", ("t1", "t2"))
    prepare(without, "store", T1_TARGET)
    other = read_slices(StoreLayout(without / "store").slices("A1"))
    assert all(np.array_equal(slices.images[name], other.images[name]) for name in ("t1", "t2"))
    assert np.array_equal(slices.mask, other.mask)
