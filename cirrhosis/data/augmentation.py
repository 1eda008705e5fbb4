"""Augmentation of a whole batch at once, as the article names it; ranges are ours."""

from dataclasses import dataclass

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class AugmentationSettings:
    """Probability and range of each effect; the article gives no ranges.

    Attributes:
        probability: Of each effect for each patient.
        rotation_degrees: Largest rotation to either side.
        zoom: Largest relative change of size.
        elastic_fraction: Standard deviation of the displacement of the control points, as a
            fraction of the image's half width.
        elastic_points: Control points along each axis.
        gamma: Largest change of the logarithm of the contrast exponent.
        noise: Largest standard deviation of the added Gaussian noise; intensities are in [0, 1].
    """

    probability: float = 0.5
    rotation_degrees: float = 10.0
    zoom: float = 0.1
    elastic_fraction: float = 0.03
    elastic_points: int = 5
    gamma: float = 0.2
    noise: float = 0.03


class BatchAugmentation(nn.Module):
    """Rotate, zoom, bend, change contrast and add noise.

    Rotation, zoom and elastic displacement are one sampling grid per patient, shared by
    all of its slices and sequences, so that they stay aligned; images are read linearly
    and masks by the nearest neighbour in the same place. Contrast and noise touch images only.
    """

    def __init__(self, settings: AugmentationSettings) -> None:
        super().__init__()
        self.settings = settings

    def forward(self, channels: Tensor, *, n_images: int, generator: Generator) -> Tensor:
        """Return augmented channels.

        Args:
            channels: Shape (N, C, H, W); the first `n_images` are images, the rest masks.
            n_images: Number of image channels.
            generator: CPU source of all randomness, so that every device draws the same.
        """
        grid = self._grid(channels, generator)
        images, masks = channels[:, :n_images], channels[:, n_images:]
        images = functional.grid_sample(images, grid, mode="bilinear", align_corners=False)
        images = self._noise(self._contrast(images, generator), generator)
        if masks.shape[1]:
            masks = functional.grid_sample(masks, grid, mode="nearest", align_corners=False)
        return torch.cat([images, masks], dim=1)

    def _grid(self, channels: Tensor, generator: Generator) -> Tensor:
        settings, size = self.settings, len(channels)
        angle = self._draw(size, generator) * torch.deg2rad(torch.tensor(settings.rotation_degrees))
        scale = 1 + self._draw(size, generator) * settings.zoom
        cosine, sine, zero = scale * angle.cos(), scale * angle.sin(), torch.zeros(size)
        affine = torch.stack(
            [torch.stack([cosine, -sine, zero], 1), torch.stack([sine, cosine, zero], 1)], 1
        ).to(channels)
        shape = [size, 1, *channels.shape[-2:]]
        grid = functional.affine_grid(affine, shape, align_corners=False)
        return grid + self._bend(channels, generator)

    def _bend(self, channels: Tensor, generator: Generator) -> Tensor:
        settings, size = self.settings, len(channels)
        points = settings.elastic_points
        strength = settings.elastic_fraction * self._switch(size, generator)
        control = torch.randn(size, 2, points, points, generator=generator)
        control = control * strength.view(-1, 1, 1, 1)
        smooth = functional.interpolate(
            control.to(channels), size=channels.shape[-2:], mode="bicubic", align_corners=True
        )
        return smooth.permute(0, 2, 3, 1)

    def _contrast(self, images: Tensor, generator: Generator) -> Tensor:
        exponent = (self._draw(len(images), generator) * self.settings.gamma).exp()
        return images.clamp(0, 1) ** exponent.to(images).view(-1, 1, 1, 1)

    def _noise(self, images: Tensor, generator: Generator) -> Tensor:
        size = len(images)
        level = torch.rand(size, generator=generator) * self.settings.noise
        level = level * self._switch(size, generator)
        noise = torch.randn(images.shape, generator=generator).to(images)
        return (images + noise * level.to(images).view(-1, 1, 1, 1)).clamp(0, 1)

    def _draw(self, size: int, generator: Generator) -> Tensor:
        uniform = torch.rand(size, generator=generator) * 2 - 1
        return uniform * self._switch(size, generator)

    def _switch(self, size: int, generator: Generator) -> Tensor:
        return (torch.rand(size, generator=generator) < self.settings.probability).float()
