"""In a store whose sequences have masks of their own, a network sees each beside its sequence."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import hash_file
from cirrhosis.contracts.store import StoreLayout, read_slices, write_manifest, write_slices
from cirrhosis.data.augmentation import AugmentationSettings, BatchAugmentation
from tests.data.loaded_runs import build
from tests.made_store import N_SLICES, SIZE, make_split, make_store

CPU = torch.device("cpu")


def own_mask(number, sequence):
    """Return a square whose place tells patient and sequence."""
    mask = np.zeros((N_SLICES, SIZE, SIZE), np.uint8)
    mask[:, number % (SIZE - 4) :, : 2 + (sequence == "t2")] = 1
    return mask


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own") / "s"
    splits = make_split(folder.parent / "s.csv", n_training=20, n_test=4)
    manifest = make_store(folder, splits)
    layout, hashes = StoreLayout(folder), {}
    for number, patient in enumerate(sorted(manifest.patients)):
        slices = read_slices(layout.slices(patient))
        masks = {name: own_mask(number, name) for name in slices.images}
        write_slices(replace(slices, sequence_masks=masks), layout.slices(patient))
        hashes[patient] = hash_file(layout.slices(patient))
    settings = dict(manifest.settings) | {"liver": {"per_sequence": True}}
    manifest = replace(manifest, settings=settings, patients=hashes)
    write_manifest(manifest, folder)
    return folder, splits, manifest


def first_batch(data):
    fetched = next(iter(data.val_dataloader()))
    fetched = data.transfer_batch_to_device(fetched, CPU, 0)
    batch = data.on_after_batch_transfer(fetched, 0)
    names = [data.slices.patients[row] for row in batch["patient"]]
    return names, batch["image"].unflatten(1, (-1, N_SLICES))


@pytest.mark.parametrize("residency", ["host", "stream"])
def test_each_mask_is_a_channel_after_the_sequences(made, residency):
    data = build(made, f"data.residency={residency}", "data.mask=channel")
    assert data.n_channels == 4 * N_SLICES
    names, image = first_batch(data)
    for patient, planes in zip(names, image, strict=True):
        stored = read_slices(StoreLayout(made[0]).slices(patient))
        expected = [stored.images["t1"], stored.images["t2"]]
        expected += [stored.sequence_masks["t1"], stored.sequence_masks["t2"]]
        assert np.array_equal(planes.numpy(), np.stack(expected).astype(np.float32))


@pytest.mark.parametrize("residency", ["host", "stream"])
def test_a_sequence_is_cleared_by_its_own_mask(made, residency):
    data = build(made, f"data.residency={residency}", "data.mask=multiply")
    names, image = first_batch(data)
    stored = read_slices(StoreLayout(made[0]).slices(names[0]))
    for number, name in enumerate(("t1", "t2")):
        cleared = stored.images[name].astype(np.float32) * stored.sequence_masks[name]
        assert np.array_equal(image[0, number].numpy(), cleared)


@pytest.mark.parametrize("per", ["patient", "slice"])
def test_masks_move_with_their_sequences(per):
    settings = AugmentationSettings(per=per)
    images = torch.rand(3, 2, N_SLICES, 32, 32)
    first, second = (torch.rand(3, N_SLICES, 32, 32).round() for _ in range(2))

    def augment(masks):
        generator = torch.Generator().manual_seed(5)
        return BatchAugmentation(settings)(images, masks, generator=generator)

    moved, both = augment(torch.cat([first, second], dim=1))
    assert torch.equal(both, torch.cat([augment(first)[1], augment(second)[1]], dim=1))
    assert torch.equal(moved, augment(first)[0])


def test_a_store_that_lacks_them_is_refused(made):
    folder, splits, manifest = made
    patient = sorted(manifest.patients)[0]
    layout = StoreLayout(folder)
    kept = layout.slices(patient).read_bytes()
    try:
        bare = replace(read_slices(layout.slices(patient)), sequence_masks={})
        write_slices(bare, layout.slices(patient))
        data = build((folder, splits, manifest), "data.residency=stream")
        with pytest.raises(ContractError, match="expected a mask of 't1' beside its slices"):
            data.source.dataset[list(range(24))]
    finally:
        layout.slices(patient).write_bytes(kept)
