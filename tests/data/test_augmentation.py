"""A batch is augmented as one: repeatable, aligned, in range, untouched where nothing is drawn."""

from dataclasses import fields, replace

import pytest
import torch

from cirrhosis.data.augmentation import AugmentationSettings, BatchAugmentation

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


def test_image_and_mask_move_together():
    settings = replace(ALWAYS, gamma_probability=0.0, noise_probability=0.0)
    square = make_masks()
    images, masks = augment(settings, square[:, None].expand(-1, 2, -1, -1, -1), square)
    for image in images.unbind(1):
        assert ((image > 0.5) == (masks > 0.5)).float().mean() > 0.98
    assert not torch.equal(masks, square)


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
