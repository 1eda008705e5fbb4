"""Where patients lack sequences, a tensor holds those who have its own, and nobody is mixed up."""

import shutil

import numpy as np
import pytest
import torch

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.progress import silent
from cirrhosis.contracts.sides import choose_sides
from cirrhosis.contracts.splits import Splits
from cirrhosis.contracts.store import StoreLayout, read_slices
from cirrhosis.data.store_tensors import open_tensors
from tests.data.loaded_runs import build
from tests.made_store import N_SLICES, SIZE, make_split, make_store

CPU = torch.device("cpu")
# Patients stand at other rows in every tensor but that of the masks.
ABSENT = {"P000": ("t1",), "P003": ("dwi",), "P004": ("dwi", "t2"), "P009": ("t1", "t2")}
COMBINATIONS = ("t1", "dwi+t1", "t2", "t1+t2", "dwi+t2", "dwi+t1+t2")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "s"
    splits = make_split(folder.with_suffix(".csv"), n_training=20, n_test=4)
    manifest = make_store(folder, splits, noise=("dwi", "t2"), absent=ABSENT)
    return folder, splits, manifest


def build_available(made, sequences, *words):
    """Return the data module of those who have the combination."""
    _, splits, manifest = made
    names = sequences.split("+")
    lacking = [name for name in ABSENT if manifest.find_lacking(name, names)]
    table = splits.table[~splits.table["patient_id"].isin(lacking)]
    sides = choose_sides(
        Splits(splits.name, splits.hash, table), 0, protocol="nested", minimum_stopping=1
    )
    return build(made, f"sequences={sequences}", *words, sides=sides)


def gather(data):
    rows = list(range(len(data.slices.patients)))
    return data.source.gather(data.source.dataset[rows], CPU)


@pytest.mark.parametrize("residency", ["host", "stream"])
def test_every_combination_gets_the_slices_of_its_own_patients(made, residency):
    words = (f"data.residency={residency}", "data.stream.workers=0")
    for sequences in COMBINATIONS:
        data = build_available(made, sequences, *words)
        planes = gather(data)
        for row, name in enumerate(data.slices.patients):
            stored = read_slices(StoreLayout(made[0]).slices(name))
            expected = np.stack([stored.images[one] for one in sequences.split("+")])
            np.testing.assert_array_equal(planes.images[row].numpy(), expected)
            np.testing.assert_array_equal(planes.masks[row].numpy(), stored.mask)


def test_runs_of_all_combinations_share_the_memory_of_those_who_have_a_sequence(made):
    sources = {
        name: build_available(made, name, "data.residency=host").source for name in COMBINATIONS
    }
    tensors = {
        tensor.data_ptr(): tensor for source in sources.values() for tensor in source.tensors
    }
    n_images = (24 - 2) + (24 - 2) + (24 - 2)
    plane = N_SLICES * SIZE**2
    assert sum(tensor.nbytes for tensor in tensors.values()) == plane * (n_images * 2 + 24)
    shared = open_tensors(made[0], made[2])
    assert shared.n_bytes(("t1", "mask")) == plane * (22 * 2 + 24)


def test_masks_alone_are_read_of_patients_without_the_sequence_too(made, tmp_path):
    folder = shutil.copytree(made[0], tmp_path / "s")
    shared = open_tensors(folder, made[2])
    shared.load(["t1"], CPU, progress=silent)
    _, masks = shared.load(["t1", "mask"], CPU, progress=silent)
    assert masks.shape[0] == 24
    assert bool((masks == 1).all())


def test_a_patient_without_the_sequence_is_refused_and_named(made):
    with pytest.raises(ContractError, match=r"expected t1 of every patient.*'P000', 'P009'"):
        build(made, "sequences=t1")
    shared = open_tensors(made[0], made[2])
    with pytest.raises(ContractError, match=r"expected 'dwi' of every patient.*1 lack it: 'P004'"):
        shared.places(["P001", "P004"], ["t1", "dwi"])
