"""Sides share no patient; channels are in order; batches are the same wherever slices lie."""

from itertools import combinations

import numpy as np
import pytest
import torch
from pytorch_lightning import Trainer

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.sides import Sides
from cirrhosis.contracts.store import StoreLayout, read_slices
from cirrhosis.data.store_tensors import open_tensors
from tests.data.loaded_runs import build
from tests.data.recording_model import RecordingModel
from tests.made_store import SIZE, make_split, make_store

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store") / "s"
    splits = make_split(folder.parent / "s.csv")
    return folder, splits, make_store(folder, splits)


def patients_of(data, loader):
    rows = torch.cat([batch.patient for batch in loader]).tolist()
    assert len(rows) == len(set(rows))
    return {data.slices.patients[row] for row in rows}


def batch_of(data, rows):
    fetched = data.source.dataset[rows]
    return data.on_after_batch_transfer(data.transfer_batch_to_device(fetched, CPU, 0), 0)


@pytest.mark.parametrize("fold", range(5))
def test_loaders_share_no_patient_and_lose_none(made, fold):
    data = build(made, fold=fold)
    train = patients_of(data, data.train_dataloader())
    stopping = patients_of(data, data.val_dataloader())
    predicted = patients_of(data, data.predict_dataloader())
    assert all(a.isdisjoint(b) for a, b in combinations([train, stopping, predicted], 2))
    assert len(train | stopping | predicted) == 70


def test_a_patient_on_two_sides_is_refused(made):
    sides = Sides("nested", ("P000",), (), ("P000",), {})
    with pytest.raises(ContractError, match="train and held out"):
        build(made, sides=sides)


@pytest.mark.parametrize("residency", ["host", "stream"])
def test_batch_holds_what_the_store_holds_in_stated_order(made, residency):
    data = build(made, f"data.residency={residency}")
    batch = batch_of(data, [4, 9])
    stored = read_slices(StoreLayout(made[0]).slices("P009"))
    expected = np.concatenate([stored.images["t1"], stored.images["t2"], stored.mask])
    np.testing.assert_array_equal(batch["image"][1].numpy(), expected.astype(np.float32))
    assert batch["target"].tolist() == [0.0, 1.0]
    assert batch["patient"].tolist() == [4, 9]
    assert batch["image"].shape == (2, data.n_planes * data.n_slices, SIZE, SIZE)


@pytest.mark.parametrize("residency", ["host", "stream"])
@pytest.mark.parametrize(("mask", "n_planes"), [("channel", 3), ("multiply", 2), ("none", 2)])
def test_mask_modes_give_their_channels(tmp_path, mask, n_planes, residency):
    splits = make_split(tmp_path / "s.csv", n_training=10, n_test=0)
    made = (tmp_path / "s", splits, make_store(tmp_path / "s", splits, half_masked=True))
    data = build(made, f"data.mask={mask}", f"data.residency={residency}")
    image = batch_of(data, [3, 1])["image"].unflatten(1, (data.n_planes, data.n_slices))
    stored = [read_slices(StoreLayout(made[0]).slices(name)) for name in ("P003", "P001")]
    t2 = torch.from_numpy(np.stack([slices.images["t2"] for slices in stored])).float()
    masks = torch.from_numpy(np.stack([slices.mask for slices in stored])).float()
    assert data.n_planes == image.shape[1] == n_planes
    assert 0 < masks.mean() < 1
    torch.testing.assert_close(image[:, 1], t2 * masks if mask == "multiply" else t2)
    if mask == "channel":
        torch.testing.assert_close(image[:, 2], masks)


def train(made, *words):
    data = build(made, *words, augmentation="article")
    model = RecordingModel(data.n_channels)
    trainer = Trainer(
        max_epochs=2,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
    )
    trainer.fit(model, data)
    return model, torch.cat(trainer.predict(model, data))


WAYS = {
    "device": ["data.residency=device"],
    "stream": ["data.residency=stream", "data.stream.workers=0"],
    "workers": ["data.residency=stream", "data.stream.workers=2"],
}


@pytest.mark.filterwarnings("ignore:.*does not have many workers")
@pytest.mark.filterwarnings("ignore:.*suggested max number of worker")
@pytest.mark.filterwarnings("ignore:.*treespec, LeafSpec")
@pytest.mark.parametrize("words", [[], ["data.mask=multiply", "data.sampling=balanced"]])
def test_a_training_is_bit_for_bit_the_same_wherever_slices_lie(made, words):
    expected, scores = train(made, *words, "data.residency=host")
    assert len(expected.seen) == 2 * 5
    for way in WAYS.values():
        found, found_scores = train(made, *words, *way)
        for one, other in zip(expected.seen, found.seen, strict=True):
            torch.testing.assert_close(one["patient"], other["patient"], rtol=0, atol=0)
            torch.testing.assert_close(one["image"], other["image"], rtol=0, atol=0)
        assert torch.equal(found.layer.weight, expected.layer.weight)
        assert torch.equal(found_scores, scores)


@pytest.mark.filterwarnings("ignore:.*does not have many workers")
@pytest.mark.filterwarnings("ignore:.*treespec, LeafSpec")
def test_every_epoch_has_another_order_and_augments_anew(made):
    model, _ = train(made)
    first, second = model.seen[:5], model.seen[5:]
    rows = [torch.cat([batch["patient"] for batch in epoch]) for epoch in (first, second)]
    assert sorted(rows[0].tolist()) == sorted(rows[1].tolist())
    assert rows[0].tolist() != rows[1].tolist()
    images = [torch.cat([batch["image"] for batch in epoch]) for epoch in (first, second)]
    one, other = (image[order.argsort()] for image, order in zip(images, rows, strict=True))
    assert all(not torch.equal(*pair) for pair in zip(one, other, strict=True))


def test_places_of_ranks_cover_the_predicted_patients_once(made):
    data = build(made)
    parts = [data.predicted_rows(rank, 3) for rank in range(3)]
    assert sorted(place for part in parts for place in part) == list(range(22))
    assert data.predicted_rows() == list(range(22))


def test_unknown_words_are_refused(made):
    for word, message in [
        ("data.sampling=weighted", "data.sampling as one of shuffled, balanced"),
        ("data.batch_size=0", "data.batch_size of at least 1, but got 0"),
        ("data.mask=liver", "data.mask as one of channel"),
    ]:
        with pytest.raises(ContractError, match=message):
            build(made, word)
    with pytest.raises(ContractError, match=r"data.residency as one of auto"):
        _ = build(made, "data.residency=gpu").source


def test_unprepared_patient_and_unknown_sequence_are_refused(made):
    folder, splits, manifest = made
    sides = Sides("nested", ("P000",), (), ("X",), {})
    table = splits.included[["patient_id", "target"]].copy()
    table.loc[1, "patient_id"] = "X"
    given = type("Given", (), {"included": table})()
    with pytest.raises(ContractError, match="1 are not prepared: 'X'"):
        build((folder, given, manifest), sides=sides)
    with pytest.raises(ContractError, match="'dwi' is not among them"):
        build(made, "sequences=dwi")


def test_balanced_training_batches_hold_both_classes_equally(made):
    few = [f"P{number:03}" for number in range(12, 60) if number % 4]
    sides = Sides("fixed_epochs", tuple(few), (), ("P000",), {})
    data = build(made, "data.sampling=balanced", sides=sides)
    for batch in data.train_dataloader():
        n_positive = data.targets[batch.patient].sum()
        assert abs(2 * n_positive - len(batch.patient)) <= 1


def test_runs_of_one_store_share_its_tensors(made):
    one, other = build(made, "data.residency=host"), build(made, "sequences=t1", fold=1)
    pointers = [data.source.tensors[0].data_ptr() for data in (one, other)]
    assert (
        pointers[0]
        == pointers[1]
        == open_tensors(made[0], made[2]).load(["t1"], CPU, progress=None)[0].data_ptr()
    )
