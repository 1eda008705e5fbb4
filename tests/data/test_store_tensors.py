"""A store is read once per process, by sequence, and shared; damaged files are named."""

import shutil

import numpy as np
import pytest
import torch

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.progress import silent
from cirrhosis.contracts.store import Slices, StoreLayout, read_slices, write_slices
from cirrhosis.data import store_tensors
from cirrhosis.data.store_tensors import StoreTensors, open_tensors
from tests.data.loaded_runs import build
from tests.made_store import N_SLICES, SIZE, make_split, make_store

CPU = torch.device("cpu")


@pytest.fixture
def made(tmp_path):
    splits = make_split(tmp_path / "s.csv", n_training=20, n_test=4)
    return tmp_path / "s", splits, make_store(tmp_path / "s", splits)


def memory_of(*sources):
    """Return the bytes of the tensors, each counted once."""
    tensors = {tensor.data_ptr(): tensor for source in sources for tensor in source.tensors}
    return sum(tensor.nbytes for tensor in tensors.values())


def test_later_runs_read_no_file_and_take_no_further_memory(made):
    first = build(made, "sequences=t1+t2", "data.residency=host").source
    expected = first.gather(first.dataset[[3]], CPU).images
    shutil.rmtree(made[0] / "slices")
    runs = [build(made, f"sequences={name}", fold=1).source for name in ("t1", "t2", "t1+t2")]
    assert memory_of(first, *runs) == memory_of(first) == 24 * N_SLICES * SIZE**2 * (2 * 2 + 1)
    found = runs[2].gather(runs[2].dataset[[3]], CPU).images
    assert torch.equal(found, expected)


def test_a_sequence_is_read_when_it_is_first_asked_for(made):
    tensors = StoreTensors(made[0], tuple(made[2].patients), {})
    assert tensors.missing(["t1", "t2", "mask"], CPU) == ("t1", "t2", "mask")
    (t1,) = tensors.load(["t1"], CPU, progress=silent)
    assert tensors.missing(["t1", "t2", "mask"], CPU) == ("t2", "mask")
    again, masks = tensors.load(["t1", "mask"], CPU, progress=silent)
    assert again.data_ptr() == t1.data_ptr()
    place = int(tensors.places(["P007"], ["t1"])[0][0])
    stored = read_slices(StoreLayout(made[0]).slices("P007"))
    np.testing.assert_array_equal(t1[place].numpy(), stored.images["t1"])
    np.testing.assert_array_equal(masks[place].numpy(), stored.mask)
    assert tensors.n_bytes(["t1", "mask"]) == t1.nbytes + masks.nbytes


def test_masks_that_are_not_used_are_not_kept(made):
    source = build(made, "data.mask=none", "data.residency=host").source
    assert len(source.tensors) == 2
    assert open_tensors(made[0], made[2]).missing(["mask"], CPU) == ("mask",)


def test_another_store_takes_the_place_of_the_first(made, tmp_path):
    one = open_tensors(made[0], made[2])
    assert open_tensors(made[0], made[2]) is one
    splits = make_split(tmp_path / "b.csv", n_training=20, n_test=0)
    open_tensors(tmp_path / "b", make_store(tmp_path / "b", splits))
    assert open_tensors(made[0], made[2]) is not one


def test_a_store_prepared_again_is_read_again(made):
    one = open_tensors(made[0], made[2])
    manifest = make_store(made[0], made[1], signal=0.1)
    assert open_tensors(made[0], manifest) is not one


def test_slices_of_another_shape_are_named(made):
    path = StoreLayout(made[0]).slices("P005")
    shape = (N_SLICES, SIZE, SIZE - 1)
    write_slices(Slices({"t1": np.zeros(shape, np.float16)}, np.ones(shape, np.uint8), {}), path)
    tensors = StoreTensors(made[0], tuple(made[2].patients), {})
    with pytest.raises(ContractError, match=r"P005.*expected slices of shape \(5, 16, 16\)"):
        tensors.load(["t1"], CPU, progress=silent)
    assert tensors.missing(["t1"], CPU) == ("t1",)
    with pytest.raises(ContractError, match=r"P005.*expected slices of shape \(5, 16, 16\)"):
        _ = build(made, "sequences=t1", "data.residency=stream").source.dataset[[4, 5]]


def test_a_damaged_file_is_named(made):
    StoreLayout(made[0]).slices("P005").write_bytes(b"nothing")
    with pytest.raises(ContractError, match=r"P005.* cannot be read as safetensors"):
        _ = build(made, "data.residency=host").source


def test_only_a_long_reading_is_shown(made, monkeypatch):
    shown = []

    def progress(items, *, total, label):
        shown.append((total, label))
        yield from items

    StoreTensors(made[0], tuple(made[2].patients), {}).load(["t1"], CPU, progress=progress)
    assert shown == []
    monkeypatch.setattr(store_tensors, "SHOWN_FROM_PATIENTS", 24)
    StoreTensors(made[0], tuple(made[2].patients), {}).load(["t1"], CPU, progress=progress)
    assert shown == [(24, "slices")]
