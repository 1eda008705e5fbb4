"""A split and a store of SYNTHETIC patients: noise of the right size and type, nothing else."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cirrhosis.contracts.splits import Splits, write_splits
from cirrhosis.contracts.store import Manifest, Slices, StoreLayout, write_manifest, write_slices

NAME = "throughput"
SEQUENCES = ("pvp", "t1", "t2")
N_SLICES = 5
# Drawn once and turned differently for each patient: drawing all would take longer than writing.
N_DRAWN = 8


def write_source(root: Path, size: int, fold_sizes: Sequence[int]) -> None:
    """Write a cohort whose folds have the sizes asked for, and nothing outside them.

    Args:
        root: What `CIRRHOSIS_ROOT` names.
        size: Height and width of a slice.
        fold_sizes: Patients of each fold; classes alternate.
    """
    splits = _write_split(root, fold_sizes)
    folder = root / "prepared" / NAME
    layout = StoreLayout(folder)
    rng = np.random.default_rng(size)
    shape = (N_DRAWN, len(SEQUENCES), N_SLICES, size, size)
    drawn = rng.random(shape, dtype=np.float32).astype(np.float16)
    rows, columns = np.mgrid[:size, :size] / size - 0.5
    mask = np.broadcast_to(rows**2 + columns**2 < 0.16, (N_SLICES, size, size)).astype(np.uint8)
    names = [str(name) for name in splits.included["patient_id"]]
    for number, name in enumerate(names):
        turned = np.roll(drawn[number % N_DRAWN], number, axis=-1)
        images = dict(zip(SEQUENCES, turned, strict=True))
        write_slices(Slices(images, mask, {"key": "synthetic"}), layout.slices(name))
    settings = {"slices": {"count": N_SLICES}, "intensities": {"image_size": size}}
    patients = {name: f"synthetic-{size}-{number}" for number, name in enumerate(names)}
    manifest = Manifest(NAME, settings, splits.hash, SEQUENCES, patients, synthetic=True)
    write_manifest(manifest, folder)


def _write_split(root: Path, fold_sizes: Sequence[int]) -> Splits:
    n_patients = sum(fold_sizes)
    names = [f"P{number:06}" for number in range(n_patients)]
    table = pd.DataFrame(
        {
            "patient_id": names,
            "group_id": names,
            "study_date": "2020-01-01",
            "target": np.arange(n_patients) % 2,
            "split": "training",
            "fold": np.repeat(np.arange(len(fold_sizes)), fold_sizes),
            "excluded_for": pd.Series(pd.NA, index=range(n_patients), dtype="string"),
        }
    )
    return write_splits(table, root / "splits" / f"{NAME}.csv")
