"""Each effect alone does what MONAI's transform does with the same parameters."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from monai.transforms import AdjustContrast, RandGaussianNoise, Resample, Rotate, Zoom
from monai.transforms.utils import create_grid
from scipy import stats
from torch.nn import functional

from cirrhosis.data.augmentation_draw import AugmentationDraw
from cirrhosis.data.device_augmentation import augment_on_device
from cirrhosis.data.host_augmentation import HostAugmentation

N, Q, S, HEIGHT, WIDTH = 3, 2, 2, 48, 80


def on_host(draw, images, masks, padding="zeros"):
    return HostAugmentation(padding)(draw, images, masks)


def on_device(draw, images, masks, padding="zeros"):
    return augment_on_device(draw, images, masks, padding)


WAYS = pytest.mark.parametrize("way", [on_host, on_device])
NOTHING = AugmentationDraw(
    angle=torch.zeros(N),
    zoom=torch.ones(N),
    control=torch.zeros(N, 2, 4, 4),
    gamma=torch.ones(N),
    noise_std=torch.zeros(N),
    noise_seed=5,
)


@pytest.fixture(scope="module")
def images():
    """Smooth and without symmetry, from 0 to 1, zero at the border."""
    coarse = torch.rand(N, Q * S, 8, 12, generator=torch.Generator().manual_seed(2))
    smooth = functional.interpolate(coarse, (HEIGHT, WIDTH), mode="bicubic").clamp(0)
    smooth[..., :2] = smooth[..., -2:] = smooth[..., :2, :] = smooth[..., -2:, :] = 0
    smooth = smooth / smooth.amax((2, 3), keepdim=True)
    return smooth.unflatten(1, (Q, S))


@pytest.fixture(scope="module")
def masks():
    masks = torch.zeros(N, S, HEIGHT, WIDTH)
    masks[..., 10:30, 12:60] = 1
    masks[..., 26:40, 12:24] = 1
    return masks


def inner(planes):
    return planes[..., 4:-4, 4:-4]


def share_of_difference(ours, theirs):
    return float((inner(ours) != inner(theirs)).float().mean())


def assert_same_images(ours, theirs, tolerance=2e-4):
    # At the very border MONAI's transforms pad in ways of their own.
    torch.testing.assert_close(inner(ours), inner(theirs), atol=tolerance, rtol=0)


def assert_same_masks(ours, theirs):
    assert set(ours.unique().tolist()) <= {0.0, 1.0}
    assert share_of_difference(ours, theirs) < 0.001


def by_patient(transform, planes):
    return torch.stack([torch.as_tensor(transform(patient)) for patient in planes])


@WAYS
@pytest.mark.parametrize("degrees", [-25.0, 10.0, 90.0])
def test_rotation_is_monais_and_shears_no_oblong_image(way, degrees, images, masks):
    angle = math.radians(degrees)
    ours, our_masks = way(replace(NOTHING, angle=torch.full((N,), angle)), images, masks)
    how = {"angle": angle, "padding_mode": "zeros", "align_corners": False}
    theirs = by_patient(Rotate(mode="bilinear", **how), images.flatten(1, 2))
    assert_same_images(ours.flatten(1, 2), theirs)
    assert_same_masks(our_masks, by_patient(Rotate(mode="nearest", **how), masks))


@WAYS
def test_rotation_by_a_positive_angle_turns_clockwise(way):
    image = torch.zeros(N, 1, 1, 21, 21)
    image[..., 3, 10] = 1  # above the centre
    turned, _ = way(replace(NOTHING, angle=torch.full((N,), math.pi / 2)), image, None)
    assert turned[0, 0, 0].argmax() == 10 * 21 + 17  # right of the centre


@WAYS
@pytest.mark.parametrize("zoom", [0.75, 1.25])
def test_zoom_is_monais_and_above_one_enlarges(way, zoom, images, masks):
    ours, our_masks = way(replace(NOTHING, zoom=torch.full((N,), zoom)), images, masks)
    how = {"zoom": zoom, "padding_mode": "constant", "keep_size": True}
    theirs = by_patient(Zoom(mode="bilinear", align_corners=False, **how), images.flatten(1, 2))
    assert_same_images(ours.flatten(1, 2), theirs)
    expected = by_patient(Zoom(mode="nearest-exact", **how), masks)
    # By these factors some pixels are read exactly between two and may fall to either.
    between = by_patient(Zoom(mode="bilinear", align_corners=False, **how), masks)
    tied = (between - 0.5).abs() < 1e-3
    assert_same_masks(our_masks.masked_fill(tied, 0), expected.masked_fill(tied, 0))
    assert (our_masks.sum() > masks.sum()) == (zoom > 1)


@WAYS
def test_elastic_displacement_is_that_of_the_same_field_in_monai(way, images, masks):
    control = torch.randn(N, 2, 4, 4, generator=torch.Generator().manual_seed(3)) * 0.06
    ours, our_masks = way(replace(NOTHING, control=control), images, masks)
    field = functional.interpolate(
        control * HEIGHT, (HEIGHT, WIDTH), mode="bicubic", align_corners=True
    )
    assert field.abs().max() > 4
    for patient in range(N):
        grid = torch.from_numpy(create_grid((HEIGHT, WIDTH))).float()
        grid[:2] += field[patient].flip(0)  # MONAI's axes are (row, column)
        read = Resample(padding_mode="zeros", align_corners=False)
        theirs = read(images[patient].flatten(0, 1), grid, mode="bilinear")
        assert_same_images(ours[patient].flatten(0, 1), theirs)
        assert_same_masks(our_masks[patient], read(masks[patient], grid, mode="nearest"))


@WAYS
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
def test_padding_is_that_of_the_same_affine_in_monai(way, padding, images):
    angle, zoom = 0.3, 0.7
    bright = images + 1 - images.amax()
    draw = replace(NOTHING, angle=torch.full((N,), angle), zoom=torch.full((N,), zoom))
    ours, _ = way(draw, bright.clamp(0.2, 1), None, padding)
    grid = torch.from_numpy(create_grid((HEIGHT, WIDTH))).float()
    turn = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    grid[:2] = torch.einsum("ij,jhw->ihw", torch.tensor(turn) / zoom, grid[:2])
    read = Resample(padding_mode=padding, align_corners=False)
    for patient in range(N):
        theirs = read(bright[patient].clamp(0.2, 1).flatten(0, 1), grid)
        torch.testing.assert_close(
            ours[patient].flatten(0, 1), torch.as_tensor(theirs), atol=5e-4, rtol=0
        )


@WAYS
def test_movements_are_composed_as_rotation_then_zoom_then_bending(way, images, masks):
    control = torch.randn(N, 2, 4, 4, generator=torch.Generator().manual_seed(4)) * 0.02
    alone = {
        "angle": torch.tensor([0.2, -0.3, 0.4]),
        "zoom": torch.tensor([1.2, 0.8, 1.1]),
        "control": control,
    }
    together, masks_together = way(replace(NOTHING, **alone), images, masks)

    def one_by_one(names):
        moved = images, masks
        for name in names:
            moved = way(replace(NOTHING, **{name: alone[name]}), *moved)
        return moved

    def error(moved):
        return float((inner(together) - inner(moved)).abs().mean())

    right, right_masks = one_by_one(alone)
    # Three interpolations blur what a single one leaves sharp; any bending before the
    # rotation is off by three times as much.
    assert error(right) < 0.012
    assert share_of_difference(masks_together, right_masks) < 0.02
    assert error(one_by_one(["control", "angle", "zoom"])[0]) > 0.03
    assert error(one_by_one(["control", "zoom", "angle"])[0]) > 0.03


@WAYS
@pytest.mark.parametrize("gamma", [0.6, 1.7])
def test_contrast_is_monais_and_leaves_masks_alone(way, gamma, images, masks):
    ours, our_masks = way(replace(NOTHING, gamma=torch.full((N,), gamma)), images, masks)
    theirs = torch.stack(
        [by_patient(AdjustContrast(gamma), planes) for planes in images.flatten(1, 2).unsqueeze(2)]
    )
    torch.testing.assert_close(ours.flatten(1, 2), theirs.squeeze(2), atol=2e-6, rtol=0)
    assert torch.equal(our_masks, masks)
    assert torch.equal(ours == 0, images == 0)


@WAYS
def test_noise_has_the_distribution_of_monais_and_leaves_masks_alone(way, masks):
    grey = torch.full((N, Q, S, HEIGHT, WIDTH), 0.5)
    std = torch.tensor([0.05, 0.0, 0.02])
    ours, our_masks = way(replace(NOTHING, noise_std=std), grey, masks)
    noise = (ours - grey).flatten(1)
    assert not noise[1].any()
    for patient in (0, 2):
        add = RandGaussianNoise(prob=1.0, std=float(std[patient]), sample_std=False)
        add.set_random_state(seed=11)
        theirs = torch.as_tensor(add(grey[patient])) - 0.5
        assert stats.ks_2samp(noise[patient].numpy(), theirs.flatten().numpy()).pvalue > 0.01
        assert noise[patient].std() == pytest.approx(float(std[patient]), rel=0.02)
        assert abs(noise[patient].mean()) < 4 * std[patient] / math.sqrt(noise[patient].numel())
    assert torch.equal(our_masks, masks)


@WAYS
def test_noise_leaves_the_images_in_range(way, images, masks):
    noisy, _ = way(replace(NOTHING, noise_std=torch.full((N,), 0.3)), images, masks)
    assert noisy.min() == 0
    assert noisy.max() == 1


@pytest.mark.parametrize("n_moves", [1, S], ids=["patient", "slice"])
def test_both_ways_give_the_same_but_for_noise(n_moves, images, masks):
    generator = torch.Generator().manual_seed(6)
    draws = {
        "angle": torch.tensor([0.2, 0.0, -0.1]),
        "zoom": torch.tensor([1.1, 1.0, 0.9]),
        "control": torch.zeros(N, 2, 5, 5),
    }
    draws["control"][0] = torch.randn(2, 5, 5, generator=generator) * 0.01
    moves = {
        name: torch.cat([value, value.flip(0)])[: N * n_moves] for name, value in draws.items()
    }
    draw = replace(NOTHING, **moves, gamma=torch.tensor([1.3, 1.0, 1.0]))
    host, host_masks = on_host(draw, images, masks)
    device, device_masks = on_device(draw, images, masks)
    torch.testing.assert_close(host, device, atol=3e-6, rtol=0)
    assert torch.equal(host_masks, device_masks)
    # The second movement is none.
    still = (1,) if n_moves == 1 else (0, slice(None), 1)
    unmoved = images[still] if n_moves == 1 else images[still] ** 1.3
    torch.testing.assert_close(host[still], unmoved, atol=1e-6, rtol=0)


def test_numpy_seed_is_left_alone(images):
    np.random.seed(3)  # noqa: NPY002
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    on_host(replace(NOTHING, noise_std=torch.ones(N)), images, None)
    assert np.array_equal(before, np.random.get_state()[1])  # noqa: NPY002
