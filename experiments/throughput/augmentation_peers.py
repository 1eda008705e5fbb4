"""The article's five effects in other libraries, as their documentation has users write them.

All draw with probability 1 a rotation of up to 10 degrees to either side, a zoom by 0.9 to 1.1,
an elastic displacement of some 8 pixels at 512 x 512 (each library has a generator of its own),
a contrast exponent of 0.8 to 1.25 and noise of a standard deviation up to 0.03. Images
are read linearly and masks by the nearest neighbour; what is read beyond the border is 0.
"""

import math
from collections.abc import Callable
from typing import Any

import kornia.augmentation as kornia
import monai.transforms as monai
import torch
import torchio
from batchgeneratorsv2.transforms.intensity.contrast import BGContrast
from batchgeneratorsv2.transforms.intensity.gamma import GammaTransform
from batchgeneratorsv2.transforms.intensity.gaussian_noise import GaussianNoiseTransform
from batchgeneratorsv2.transforms.spatial.spatial import SpatialTransform
from batchgeneratorsv2.transforms.utils.compose import ComposeTransforms
from kornia.constants import DataKey, Resample
from torch import Tensor

DEGREES, ZOOM, GAMMA, NOISE_STD = 10.0, (0.9, 1.1), (0.8, 1.25), 0.03
# Of the displacement, as fractions of the side: standard deviation and distance of points.
DISPLACEMENT, SPACING = 0.015, 0.25

Sample = tuple[Tensor, Tensor]
Transform = Callable[[Tensor, Tensor], Sample]


def build_monai(size: int) -> Transform:
    """Dictionary transforms, one after another."""
    return _in_dictionary(_monai_movements(size, lazy=False), lazy=False)


def build_monai_lazy(size: int) -> Transform:
    """The same with rotation and zoom put together lazily; elastic displacement cannot be."""
    return _in_dictionary(_monai_movements(size, lazy=True), lazy=True)


def build_monai_fused(size: int) -> Transform:
    """Rotation and zoom as ranges of the elastic transform, so that it resamples once."""
    return _in_dictionary(
        [
            _monai_elastic(
                size,
                rotate_range=math.radians(DEGREES),
                scale_range=[(low - 1, high - 1) for low, high in (ZOOM, ZOOM)],
            )
        ],
        lazy=False,
    )


def _monai_movements(size: int, *, lazy: bool) -> list[Any]:
    keys, modes = ["image", "mask"], ["bilinear", "nearest"]
    rotation = monai.RandRotated(
        keys, math.radians(DEGREES), prob=1, mode=modes, padding_mode="zeros", lazy=lazy
    )
    zoom = monai.RandZoomd(
        keys,
        prob=1,
        min_zoom=ZOOM[0],
        max_zoom=ZOOM[1],
        mode=modes,
        padding_mode="constant",
        lazy=lazy,
    )
    return [rotation, zoom, _monai_elastic(size)]


def _monai_elastic(size: int, **ranges: Any) -> Any:
    spread = DISPLACEMENT * size
    return monai.Rand2DElasticd(
        ["image", "mask"],
        spacing=(SPACING * size, SPACING * size),
        magnitude_range=(spread, spread),
        prob=1,
        mode=["bilinear", "nearest"],
        padding_mode="zeros",
        **ranges,
    )


def _in_dictionary(movements: list[Any], *, lazy: bool) -> Transform:
    contrast = monai.RandAdjustContrastd("image", prob=1, gamma=GAMMA)
    noise = monai.RandGaussianNoised("image", prob=1, std=NOISE_STD)
    # Put together lazily, movements would forget that the mask is read by the nearest.
    modes = {"image": "bilinear", "mask": "nearest"}
    overrides = {key: {"mode": mode, "padding_mode": "zeros"} for key, mode in modes.items()}
    compose = monai.Compose(
        [*movements, contrast, noise], lazy=lazy, overrides=overrides if lazy else None
    )

    def transform(image: Tensor, mask: Tensor) -> Sample:
        done = compose({"image": image, "mask": mask})
        return done["image"], done["mask"]

    return transform


def build_torchio(size: int) -> Transform:
    """A subject with an image of one slice in depth and a label map."""
    largest = math.sqrt(3) * DISPLACEMENT * size  # drawn evenly, so that the spread is equal
    compose = torchio.Compose(
        [
            torchio.RandomAffine(
                scales=(*ZOOM, *ZOOM, 1, 1), degrees=(0, 0, 0, 0, -DEGREES, DEGREES)
            ),
            torchio.RandomElasticDeformation(
                num_control_points=(7, 7, 5), max_displacement=(largest, largest, 0)
            ),
            torchio.RandomGamma(log_gamma=(math.log(GAMMA[0]), math.log(GAMMA[1]))),
            torchio.RandomNoise(std=(0, NOISE_STD)),
        ]
    )

    def transform(image: Tensor, mask: Tensor) -> Sample:
        subject = torchio.Subject(
            image=torchio.ScalarImage(tensor=image.unsqueeze(-1)),
            mask=torchio.LabelMap(tensor=mask.unsqueeze(-1)),
        )
        done = compose(subject)
        return done["image"].data.squeeze(-1), done["mask"].data.squeeze(-1)

    return transform


def build_batchgeneratorsv2(size: int) -> Transform:
    """The transforms of nnU-Net, all channels of a sample alike."""
    angle = math.radians(DEGREES)
    compose = ComposeTransforms(
        [
            SpatialTransform(
                (size, size),
                patch_center_dist_from_border=0,
                random_crop=False,
                p_elastic_deform=1,
                elastic_deform_scale=SPACING,
                elastic_deform_magnitude=DISPLACEMENT * size,
                p_rotation=1,
                rotation=(-angle, angle),
                p_scaling=1,
                scaling=ZOOM,
                p_synchronize_scaling_across_axes=1,
                mode_seg="nearest",
            ),
            GammaTransform(BGContrast(GAMMA), 0, True, 1, 0),
            GaussianNoiseTransform((0, NOISE_STD), 1, True),
        ]
    )

    def transform(image: Tensor, mask: Tensor) -> Sample:
        done = compose(image=image, segmentation=mask)
        return done["image"], done["segmentation"]

    return transform


def build_kornia(size: int) -> Transform:
    """A sequence over the whole batch."""
    strength = 6 * size / 512
    sequence = kornia.AugmentationSequential(
        kornia.RandomAffine(DEGREES, scale=ZOOM, p=1),
        kornia.RandomElasticTransform(alpha=(strength, strength), p=1),
        kornia.RandomGamma(GAMMA, p=1),
        kornia.RandomGaussianNoise(std=NOISE_STD, p=1),
        data_keys=[DataKey.INPUT, DataKey.MASK],
        extra_args={DataKey.MASK: {"resample": Resample.NEAREST, "align_corners": False}},
    )

    def transform(images: Tensor, masks: Tensor) -> Sample:
        with torch.no_grad():
            done = sequence(images, masks)
        return done[0], done[1]

    return transform
