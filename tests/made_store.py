"""A small store with a signal in t1, so that training can be tested in seconds."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd

from cirrhosis.contracts.files import hash_file
from cirrhosis.contracts.splits import Splits, write_splits
from cirrhosis.contracts.store import Manifest, Slices, StoreLayout, write_manifest, write_slices

N_SLICES = 5
SIZE = 16


def make_split(path: Path, *, n_training: int = 60, n_test: int = 10, n_folds: int = 5) -> Splits:
    """Write a split whose classes alternate."""
    n = n_training + n_test
    names = [f"P{number:03}" for number in range(n)]
    is_training = np.arange(n) < n_training
    table = pd.DataFrame(
        {
            "patient_id": names,
            "group_id": names,
            "study_date": "2020-01-01",
            "target": np.arange(n) % 2,
            "split": np.where(is_training, "training", "external"),
            "fold": pd.array(
                [number // 2 % n_folds if number < n_training else pd.NA for number in range(n)],
                dtype="Int64",
            ),
            "excluded_for": pd.Series(pd.NA, index=range(n), dtype="string"),
        }
    )
    return write_splits(table, path)


def make_store(
    folder: Path,
    splits: Splits,
    *,
    signal: float = 0.5,
    half_masked: bool = False,
    noise: tuple[str, ...] = ("t2",),
    absent: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> Manifest:
    """Write a store in which a bright square in t1 marks the positives; the others are noise.

    Args:
        folder: Of the store.
        splits: Names the patients.
        signal: Brightness of the square.
        half_masked: Whether half of each slice lies outside the mask.
        noise: The other sequences.
        absent: What a patient lacks.
    """
    layout = StoreLayout(folder)
    hashes = {}
    for row in splits.included.itertuples():
        rng = np.random.default_rng([7, int(row.patient_id[1:])])
        shape = (N_SLICES, SIZE, SIZE)
        images = {name: rng.uniform(0, 0.5, shape) for name in ("t1", *noise)}
        images["t1"][:, 4:8, 4:8] += signal * float(row.target)
        mask = np.ones(shape, dtype=np.uint8)
        if half_masked:
            mask[:, SIZE // 2 :] = 0
        lacks = absent.get(row.patient_id, ())
        stored = {
            name: image.clip(0, 1).astype(np.float16)
            for name, image in images.items()
            if name not in lacks
        }
        slices = Slices(stored, mask, {"key": "made"})
        write_slices(slices, layout.slices(row.patient_id))
        hashes[row.patient_id] = hash_file(layout.slices(row.patient_id))
    settings = {"slices": {"count": N_SLICES}, "intensities": {"image_size": SIZE}}
    manifest = Manifest(
        name=folder.name,
        settings=settings,
        split_hash=splits.hash,
        sequences=tuple(sorted(("t1", *noise))),
        patients=hashes,
        synthetic=True,
        absent=dict(absent),
    )
    write_manifest(manifest, folder)
    return manifest
