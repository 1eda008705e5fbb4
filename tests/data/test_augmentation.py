"""A batch is augmented as one: repeatable, aligned, in range, untouched where nothing is drawn."""

import copy
import pickle
from dataclasses import fields, replace

import pytest
import torch

from cirrhosis.data import host_augmentation
from cirrhosis.data.augmentation import AugmentationSettings, BatchAugmentation
from cirrhosis.data.augmentation_draw import draw_augmentation

NAMES = [field.name for field in fields(AugmentationSettings)]
EFFECTS = [name for name in NAMES if name.endswith("_probability")]
NEVER = AugmentationSettings(**dict.fromkeys(EFFECTS, 0.0))
ALWAYS = AugmentationSettings(**dict.fromkeys(EFFECTS, 1.0))


def only(effect, **ranges):
    return replace(NEVER, **{f"{effect}_probability": 1.0}, **ranges)


def augment(settings, images, masks=None, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return BatchAugmentation(settings)(images, masks, generator=generator)


def make_images(n=4, sequences=2, slices=3, height=32, width=32):
    generator = torch.Generator().manual_seed(1)
    return torch.rand(n, sequences, slices, height, width, generator=generator)


def make_masks(n=4, slices=3, height=32, width=32):
    masks = torch.zeros(n, slices, height, width)
    masks[..., 8:20, 10:24] = 1
    return masks


def test_augmentation_repeats_with_its_generator_and_varies_without():
    first, again = (augment(ALWAYS, make_images(), make_masks()) for _ in range(2))
    assert all(torch.equal(*pair) for pair in zip(first, again, strict=True))
    assert not torch.equal(first[0], augment(ALWAYS, make_images(), make_masks(), seed=1)[0])


def test_no_probability_changes_nothing():
    images, masks = augment(NEVER, make_images(), make_masks())
    torch.testing.assert_close(images, make_images(), atol=1e-5, rtol=0)
    assert torch.equal(masks, make_masks())
    assert NEVER.is_identity
    assert not any(only(name.removesuffix("_probability")).is_identity for name in EFFECTS)


def test_masks_stay_masks_and_images_stay_in_range():
    images, masks = augment(ALWAYS, make_images(), make_masks())
    assert set(masks.unique().tolist()) <= {0.0, 1.0}
    assert 0 <= images.min() <= images.max() <= 1


@pytest.mark.parametrize("per", ["patient", "slice"])
def test_image_and_mask_move_together(per):
    settings = replace(ALWAYS, per=per, gamma_probability=0.0, noise_probability=0.0)
    square = make_masks()
    images, masks = augment(settings, square[:, None].expand(-1, 2, -1, -1, -1), square)
    for image in images.unbind(1):
        assert ((image > 0.5) == (masks > 0.5)).float().mean() > 0.98
    assert not torch.equal(masks, square)


@pytest.mark.parametrize("per", ["patient", "slice"])
def test_slices_move_together_or_each_by_itself_and_sequences_always_together(per):
    settings = replace(ALWAYS, per=per, gamma_probability=0.0, noise_probability=0.0)
    same = make_images(n=2, sequences=1, slices=1, height=40).expand(-1, 2, 3, -1, -1)
    masks = make_masks(n=2, height=40)
    images, masks = augment(settings, same, masks)
    assert torch.equal(images[:, 0], images[:, 1])
    assert torch.equal(images[:, :, 0], images[:, :, 1]) == (per == "patient")
    assert torch.equal(masks[:, 0], masks[:, 1]) == (per == "patient")
    assert not torch.equal(images[0], augment(settings, same.flip(0))[0][1])


def test_one_effects_probability_changes_no_other_effects_draw():
    settings = replace(ALWAYS, noise_probability=0.0)
    images, masks = augment(settings, make_images(), make_masks())
    for effect in ("gamma", "noise"):
        without = replace(ALWAYS, **{f"{effect}_probability": 0.0})
        assert torch.equal(augment(without, make_images(), make_masks())[1], masks)
    noisy = augment(ALWAYS, make_images(), make_masks())[0]
    assert 0 < (noisy - images).abs().mean() < ALWAYS.noise_std[1]


@pytest.mark.parametrize("settings", [NEVER, ALWAYS], ids=["never", "always"])
def test_the_generator_ends_where_it_would_whatever_was_done(settings):
    generator = torch.Generator().manual_seed(3)
    BatchAugmentation(settings)(make_images(), None, generator=generator)
    after = torch.rand(3, generator=generator)
    generator.manual_seed(3)
    BatchAugmentation(AugmentationSettings())(make_images(), make_masks(), generator=generator)
    assert torch.equal(torch.rand(3, generator=generator), after)


@pytest.mark.parametrize("per", ["patient", "slice"])
def test_number_of_threads_changes_nothing(per):
    settings = replace(ALWAYS, per=per)
    images, masks = make_images(n=3, height=130, width=201), make_masks(n=3, height=130, width=201)
    before = torch.get_num_threads()
    results = []
    try:
        for n_threads in (1, 2, 3):
            torch.set_num_threads(n_threads)
            results.append(augment(settings, images, masks))
    finally:
        torch.set_num_threads(before)
    for images, masks in results[1:]:
        assert torch.equal(images, results[0][0])
        assert torch.equal(masks, results[0][1])


def test_noise_of_patients_and_blocks_of_planes_is_independent(monkeypatch):
    monkeypatch.setattr(host_augmentation, "BLOCK", 2 * 64 * 64)
    settings = only("noise", noise_std=(0.05, 0.05))
    noise = augment(settings, torch.full((2, 2, 2, 64, 64), 0.5))[0].flatten(1, 2) - 0.5
    planes = noise.flatten(2).flatten(0, 1)
    between = torch.corrcoef(planes) - torch.eye(len(planes))
    assert len(planes) == 8
    assert between.abs().max() < 5 / 64


@pytest.mark.parametrize(
    ("kind", "kept", "tolerance"),
    [(torch.bfloat16, torch.bfloat16, 8e-3), (torch.float16, torch.float32, 1e-3)],
)
def test_half_precision_is_close_to_float32(kind, kept, tolerance):
    exact, exact_masks = augment(ALWAYS, make_images(), make_masks())
    images, masks = augment(ALWAYS, make_images().to(kind), make_masks().to(torch.uint8))
    assert images.dtype == masks.dtype == kept
    torch.testing.assert_close(images.float(), exact, atol=tolerance, rtol=0)
    assert torch.equal(masks.float(), exact_masks)


def test_mixed_precision_around_it_changes_nothing():
    exact = augment(ALWAYS, make_images(), make_masks())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mixed = augment(ALWAYS, make_images(), make_masks())
    assert torch.equal(mixed[0], exact[0])
    assert torch.equal(mixed[1], exact[1])


def test_input_is_left_as_it_was():
    images, masks = make_images(), make_masks()
    augment(ALWAYS, images, masks)
    augment(only("gamma"), images, masks)
    assert torch.equal(images, make_images())
    assert torch.equal(masks, make_masks())


def test_a_result_that_is_kept_is_not_written_over():
    module, generator = BatchAugmentation(ALWAYS), torch.Generator().manual_seed(0)
    kept, _ = module(make_images(), make_masks(), generator=generator)
    part, copy = kept[0, 1], kept[0, 1].clone()
    del kept
    for _ in range(3):
        module(make_images(), make_masks(), generator=generator)
    assert torch.equal(part, copy)


def test_module_can_be_copied_and_pickled():
    module = BatchAugmentation(ALWAYS)
    first = module(make_images(), None, generator=torch.Generator().manual_seed(5))[0]
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        again = other(make_images(), None, generator=torch.Generator().manual_seed(5))[0]
        assert torch.equal(again, first)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"per": "sequence"}, "per to be one of patient, slice"),
        ({"padding": "wrap"}, "padding to be one of"),
        ({"zoom_probability": 1.5}, "zoom_probability between 0 and 1"),
        ({"rotation_degrees": -1.0}, "rotation_degrees between 0 and 180"),
        ({"zoom": (1.2, 0.8)}, "zoom from low to high"),
        ({"zoom": (0.0, 1.0)}, "zoom between 0.1"),
        ({"gamma": 2.0}, "smallest and the largest"),
        ({"elastic_points": 4.5}, "elastic_points to be whole"),
        ({"noise_std": (0.0, float("nan"))}, "noise_std between 0 and 1"),
        ({"elastic_fraction": "large"}, "elastic_fraction between"),
    ],
)
def test_a_setting_that_nothing_can_be_made_with_is_refused(change, rule):
    with pytest.raises(ValueError, match=rule):
        AugmentationSettings(**change)


def test_halving_is_as_likely_as_doubling_and_angles_reach_to_both_sides():
    settings = replace(ALWAYS, zoom=(0.5, 2.0), gamma=(0.25, 4.0), rotation_degrees=30.0)
    draw = draw_augmentation(settings, 4000, 1, torch.Generator().manual_seed(2))
    for factor, high in ((draw.zoom, 2.0), (draw.gamma, 4.0)):
        assert (factor < 1).float().mean() == pytest.approx(0.5, abs=0.04)
        assert 1 / high <= factor.min() < 1.05 / high
        assert 0.95 * high < factor.max() <= high
    degrees = draw.angle.rad2deg()
    assert -30 <= degrees.min() < -29
    assert 29 < degrees.max() <= 30
    assert (draw.noise_std >= 0).all()
    assert draw.control.std() == pytest.approx(settings.elastic_fraction, rel=0.02)
