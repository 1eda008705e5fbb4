"""Which windows the segmenter is shown, and what augmentation does to them."""

from collections import Counter
from dataclasses import replace

import pytest
import torch

from cirrhosis.contracts.errors import ContractError
from cirrhosis.data.liver_augmentation import augment_windows
from cirrhosis.data.liver_augmentation_settings import LiverAugmentationSettings
from cirrhosis.data.liver_datamodule import LiverDataModule
from cirrhosis.data.liver_example import LiverExample, surround
from cirrhosis.data.liver_windows import LiverWindows

NOTHING = LiverAugmentationSettings(0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
CPU = torch.device("cpu")


def example(patient="A", sequence="t1", shape=(6, 20, 24), box=((2, 4), (5, 9), (6, 12))):
    generator = torch.Generator().manual_seed(len(patient) + shape[0])
    image, liver = torch.randn(shape, generator=generator), torch.zeros(shape, dtype=torch.uint8)
    liver[tuple(slice(*one) for one in box)] = 1
    return LiverExample(patient, sequence, image, liver)


def draw(windows, n, seed=1):
    return windows.draw(n, torch.Generator().manual_seed(seed))


def test_image_and_liver_of_a_window_come_from_the_same_place():
    one = example()
    # The image is the liver, so that both can be compared.
    one = replace(one, image=one.liver.float())
    windows = LiverWindows([one], (1, 8, 8), context=0, liver_share=0.5)
    images, livers = windows.cut(draw(windows, 30))
    assert torch.equal(images, livers.float())
    assert livers.any()


def test_neighbouring_slices_stand_around_the_slice():
    one = example()
    windows = LiverWindows([one], (1, 20, 24), context=1, liver_share=0.0)
    places = draw(windows, 40)
    images, _ = windows.cut(places)
    assert images.shape == (40, 3, 20, 24)
    for place, shown in zip(places, images, strict=True):
        z = place.start[0]
        expected = [max(z - 1, 0), z, min(z + 1, 5)]
        assert torch.equal(shown, one.image[expected])


def test_the_share_asked_for_holds_liver():
    one = example(shape=(6, 60, 60))
    windows = LiverWindows([one], (1, 8, 8), context=0, liver_share=1.0)
    _, livers = windows.cut(draw(windows, 60))
    assert livers.flatten(1).any(1).all()
    windows = LiverWindows([one], (1, 8, 8), context=0, liver_share=0.0)
    _, livers = windows.cut(draw(windows, 60))
    assert livers.flatten(1).any(1).float().mean() < 0.3


def test_sequences_have_equal_shares_however_many_volumes_they_have():
    many = [example(f"P{number}", "t1") for number in range(9)]
    windows = LiverWindows([*many, example("Q", "t2")], (1, 8, 8), context=0, liver_share=0.5)
    counts = Counter(windows.examples[place.example].sequence for place in draw(windows, 600))
    assert counts["t2"] == pytest.approx(300, abs=50)


def test_volumes_smaller_than_the_window_are_surrounded_with_their_darkest_value():
    one = surround(example(shape=(2, 6, 7), box=((0, 1), (0, 2), (0, 2))), (4, 8, 8))
    assert one.image.shape == one.liver.shape == (4, 8, 8)
    assert int(one.liver.sum()) == 4
    assert torch.all(one.image[0] == one.image.min())


def test_no_volumes_are_refused_with_the_remedy():
    with pytest.raises(ContractError, match="liver_mask_path"):
        LiverWindows([], (1, 8, 8), context=0, liver_share=0.5)


def test_without_strength_augmentation_changes_nothing():
    images, livers = torch.randn(3, 2, 16, 16), (torch.rand(3, 1, 16, 16) > 0.5).float()
    generator = torch.Generator().manual_seed(1)
    found, moved = augment_windows(images, livers, NOTHING, generator=generator)
    assert torch.allclose(found, images, atol=1e-3)
    assert torch.equal(moved, livers)


@pytest.mark.parametrize(
    ("name", "strength"),
    [("rotation_degrees", 30.0), ("zoom", 0.3), ("shift", 0.3), ("elastic", 0.1)],
)  # fmt: skip
def test_liver_moves_with_the_image(name, strength):
    livers = torch.zeros(8, 1, 32, 32)
    livers[:, :, 8:20, 10:24] = 1
    settings = replace(NOTHING, **{name: strength})
    generator = torch.Generator().manual_seed(1)
    images, moved = augment_windows(livers.clone(), livers, settings, generator=generator)
    assert torch.equal(moved, (images > 0.5).float())
    assert not torch.equal(moved, livers)


@pytest.mark.parametrize(
    ("name", "strength"),
    [("gamma", 1.0), ("inversion_probability", 1.0), ("contrast", 0.5), ("brightness", 0.5),
     ("bias", 0.5), ("noise", 0.5)],
)  # fmt: skip
def test_colours_change_and_the_liver_stays(name, strength):
    images, livers = torch.randn(6, 2, 16, 16), (torch.rand(6, 1, 16, 16) > 0.5).float()
    settings = replace(NOTHING, **{name: strength})
    generator = torch.Generator().manual_seed(1)
    found, kept = augment_windows(images, livers, settings, generator=generator)
    assert torch.equal(kept, livers)
    assert float((found - images).abs().max()) > 0.05
    assert torch.isfinite(found).all()


def test_inversion_turns_bright_into_dark():
    images = torch.rand(2, 1, 8, 8)
    settings = replace(NOTHING, inversion_probability=1.0)
    found, _ = augment_windows(images, images, settings, generator=torch.Generator())
    for before, after in zip(images, found, strict=True):
        order = before.flatten().argsort(descending=True)
        assert torch.all(after.flatten()[order].diff() >= -1e-3)


def test_nothing_is_mirrored():
    livers = torch.zeros(40, 1, 32, 32)
    livers[..., 4:12] = 1
    generator = torch.Generator().manual_seed(1)
    _, moved = augment_windows(
        livers.clone(), livers, LiverAugmentationSettings(), generator=generator
    )
    left, right = moved[..., :16].sum((1, 2, 3)), moved[..., 16:].sum((1, 2, 3))
    assert torch.all(left > right)


def test_a_strength_below_zero_is_refused():
    with pytest.raises(ContractError, match="noise"):
        LiverAugmentationSettings(noise=-0.1)


def module(window=(1, 16, 16), context=1, seed=3):
    return LiverDataModule(
        [example("A"), example("B", "t2")],
        LiverAugmentationSettings(),
        window=window,
        context=context,
        batch_size=4,
        steps_per_epoch=5,
        liver_share=0.5,
        seed=seed,
    )


def test_a_batch_is_a_function_of_seed_and_step_alone():
    one, other = module(), module()
    other.make_batch(0, CPU)
    assert torch.equal(one.make_batch(7, CPU)["image"], other.make_batch(7, CPU)["image"])
    assert not torch.equal(one.make_batch(7, CPU)["image"], one.make_batch(8, CPU)["image"])
    assert not torch.equal(
        one.make_batch(7, CPU)["image"], module(seed=4).make_batch(7, CPU)["image"]
    )


def test_batches_have_the_shapes_of_the_contract():
    flat, deep = module().make_batch(0, CPU), module((4, 16, 16), 0).make_batch(0, CPU)
    assert (flat["image"].shape, flat["liver"].shape) == ((4, 3, 16, 16), (4, 1, 16, 16))
    assert (deep["image"].shape, deep["liver"].shape) == ((4, 1, 4, 16, 16), (4, 1, 4, 16, 16))
    assert set(flat["liver"].unique().tolist()) <= {0.0, 1.0}
