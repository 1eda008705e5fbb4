"""Augmentation of a whole batch at once, as the article names it; ranges are ours."""

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from cirrhosis.data.augmentation_draw import AugmentationDraw, draw_augmentation
from cirrhosis.data.augmentation_settings import AugmentationSettings
from cirrhosis.data.sampling_grid import make_grid

__all__ = ["AugmentationSettings", "BatchAugmentation"]


class BatchAugmentation(nn.Module):
    """Rotate, zoom, bend, change contrast and add noise.

    Rotation, zoom and elastic displacement are one sampling grid per patient or slice, so
    that sequences and mask stay aligned; images are read linearly and masks by the nearest
    neighbour in the same place. Contrast and noise touch images only.
    """

    def __init__(self, settings: AugmentationSettings) -> None:
        super().__init__()
        self.settings = settings

    def forward(
        self, images: Tensor, masks: Tensor | None, *, generator: Generator
    ) -> tuple[Tensor, Tensor | None]:
        """Return augmented images and masks.

        Args:
            images: In [0, 1], shape (N, Q, S, H, W): patients, sequences, slices. Float16
                comes back as float32, any other type as itself.
            masks: 0 or 1, shape (N, S, H, W); None where no mask is used.
            generator: CPU source of all randomness.
        """
        n_patients, _, n_slices = images.shape[:3]
        draw = draw_augmentation(self.settings, n_patients, n_slices, generator)
        kept = torch.float32 if images.dtype == torch.float16 else images.dtype
        images, masks = self._move(images.float(), masks, draw)
        images = _add_noise(_change_contrast(images, draw), draw)
        return images.to(kept), masks if masks is None else masks.to(kept)

    def _move(
        self, images: Tensor, masks: Tensor | None, draw: AugmentationDraw
    ) -> tuple[Tensor, Tensor | None]:
        height, width = images.shape[-2:]
        grid = make_grid(draw, height, width, images.device)
        if self.settings.per == "slice":
            moved = self._read(images.transpose(1, 2).flatten(0, 1), grid, "bilinear")
            moved = moved.unflatten(0, images.shape[0:3:2]).transpose(1, 2)
            read = masks if masks is None else masks.flatten(0, 1).unsqueeze(1)
        else:
            moved = self._read(images.flatten(1, 2), grid, "bilinear").view_as(images)
            read = masks
        if read is None or masks is None:
            return moved, None
        return moved, self._read(read.float(), grid, "nearest").view(masks.shape)

    def _read(self, planes: Tensor, grid: Tensor, mode: str) -> Tensor:
        return functional.grid_sample(
            planes, grid, mode=mode, padding_mode=self.settings.padding, align_corners=False
        )


def _change_contrast(images: Tensor, draw: AugmentationDraw) -> Tensor:
    exponent = draw.gamma.to(images).view(-1, 1, 1, 1, 1)
    return images.clamp(0, 1) ** exponent


def _add_noise(images: Tensor, draw: AugmentationDraw) -> Tensor:
    level = draw.noise_std.to(images).view(-1, 1, 1, 1, 1)
    source = Generator(images.device).manual_seed(draw.noise_seed)
    noise = torch.randn(images.shape, generator=source, device=images.device)
    return (images + noise * level).clamp(0, 1)
