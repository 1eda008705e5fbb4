"""Sides share no patient; batches are a function of seed and epoch; channels are in order."""

from itertools import combinations

import numpy as np
import pytest
import torch

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.sides import Sides, choose_sides
from cirrhosis.contracts.store import StoreLayout, read_manifest, read_slices
from cirrhosis.data.batches import ShuffledBatches
from cirrhosis.data.datamodule import SliceDataModule
from cirrhosis.data.resident import count_channels, load_slices
from tests.made_store import SIZE, make_split, make_store


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store") / "s"
    splits = make_split(folder.parent / "s.csv")
    return folder, splits, make_store(folder, splits)


def build(made, fold=0, sequences=("t1", "t2"), mask="channel", sides=None):
    folder, splits, manifest = made
    patients = list(splits.included["patient_id"])
    targets = dict(zip(patients, splits.included["target"].astype(int), strict=True))
    return SliceDataModule(
        load_slices(folder, manifest, patients, sequences),
        targets,
        sides or choose_sides(splits, fold, protocol="nested", minimum_stopping=1),
        batch_size=8,
        mask=mask,
        augmentation=None,
        seed=3,
    )


def patients_of(data, loader):
    rows = torch.cat(list(loader)).tolist()
    assert len(rows) == len(set(rows))
    return {data.slices.patients[row] for row in rows}


@pytest.mark.parametrize("fold", range(5))
def test_loaders_share_no_patient_and_lose_none(made, fold):
    data = build(made, fold)
    train = patients_of(data, data.train_dataloader())
    stopping = patients_of(data, data.val_dataloader())
    predicted = patients_of(data, data.predict_dataloader())
    assert all(a.isdisjoint(b) for a, b in combinations([train, stopping, predicted], 2))
    assert len(train | stopping | predicted) == 70


def test_a_patient_on_two_sides_is_refused(made):
    sides = Sides("nested", ("P000",), (), ("P000",), {})
    with pytest.raises(ContractError, match="train and held out"):
        build(made, sides=sides)


def test_batch_holds_what_the_store_holds_in_stated_order(made):
    folder, _, _ = made
    data = build(made)
    batch = data.on_after_batch_transfer(torch.tensor([4, 9]), 0)
    stored = read_slices(StoreLayout(folder).slices("P009"))
    expected = np.concatenate([stored.images["t1"], stored.images["t2"], stored.mask])
    np.testing.assert_allclose(batch["image"][1].numpy(), expected.astype(np.float32))
    assert batch["target"].tolist() == [0.0, 1.0]
    assert batch["image"].shape == (2, count_channels(2, 5, mask="channel"), SIZE, SIZE)


@pytest.mark.parametrize(("mask", "n_channels"), [("channel", 15), ("multiply", 10), ("none", 10)])
def test_mask_modes_give_their_channels(made, mask, n_channels):
    data = build(made, mask=mask)
    batch = data.on_after_batch_transfer(torch.tensor([0]), 0)
    assert batch["image"].shape[1] == data.n_channels == n_channels


@pytest.mark.parametrize("n", [1, 7, 8, 9, 33, 65])
def test_batches_are_even_and_a_function_of_seed_and_epoch(n):
    def deal(epoch, seed=1):
        batches = ShuffledBatches(list(range(n)), batch_size=8, seed=seed)
        batches.set_epoch(epoch)
        return list(batches)

    first = deal(0)
    assert sorted(row for batch in first for row in batch) == list(range(n))
    sizes = {len(batch) for batch in first}
    assert max(sizes) <= 8
    assert max(sizes) - min(sizes) <= 1
    assert deal(0) == first
    if n > 7:
        assert deal(1) != first
        assert deal(0, seed=2) != first


def test_unprepared_patient_and_unknown_sequence_are_refused(made):
    folder, _, _ = made
    manifest = read_manifest(folder)
    with pytest.raises(ContractError, match="1 are not prepared: 'X'"):
        load_slices(folder, manifest, ["P000", "X"], ["t1"])
    with pytest.raises(ContractError, match="'dwi' is not among them"):
        load_slices(folder, manifest, ["P000"], ["dwi"])
