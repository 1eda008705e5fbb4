"""The dice of the augmentation: which effects a batch gets, and how strong."""

import math
from dataclasses import dataclass

import torch
from torch import Generator, Tensor

from cirrhosis.data.augmentation_settings import AugmentationSettings


@dataclass(frozen=True)
class AugmentationDraw:
    """Parameters of one batch, on the CPU; an effect that was not drawn has its neutral value.

    M is the number of movements: patients, or patients times slices.

    Attributes:
        angle: Rotation in radians, shape (M,); positive turns what is seen clockwise.
        zoom: Factor, shape (M,); above 1 enlarges.
        control: Displacement (x, y) of the control points in fractions of the shorter side,
            shape (M, 2, points, points).
        gamma: Exponent, shape (N,).
        noise_std: Standard deviation of the noise, shape (N,).
        noise_seed: Of the noise itself.
    """

    angle: Tensor
    zoom: Tensor
    control: Tensor
    gamma: Tensor
    noise_std: Tensor
    noise_seed: int

    @property
    def moved(self) -> Tensor:
        """Which of the movements move anything: bool, shape (M,)."""
        bent = self.control.flatten(1).any(dim=1)
        return (self.angle != 0) | (self.zoom != 1) | bent


def draw_augmentation(
    settings: AugmentationSettings, n_patients: int, n_slices: int, generator: Generator
) -> AugmentationDraw:
    """Return what is done to a batch.

    Every number is drawn whether it is used or not, so that one effect's probability does
    not change what another effect draws.
    """
    n_moves = n_patients * n_slices if settings.per == "slice" else n_patients
    points = settings.elastic_points
    degrees = _uniform(n_moves, -settings.rotation_degrees, settings.rotation_degrees, generator)
    turned = _switch(n_moves, settings.rotation_probability, generator)
    zoom = _log_uniform(n_moves, settings.zoom, generator)
    zoomed = _switch(n_moves, settings.zoom_probability, generator)
    control = torch.randn(n_moves, 2, points, points, generator=generator)
    bent = _switch(n_moves, settings.elastic_probability, generator)
    gamma = _log_uniform(n_patients, settings.gamma, generator)
    contrasted = _switch(n_patients, settings.gamma_probability, generator)
    noise_std = _uniform(n_patients, *settings.noise_std, generator)
    noisy = _switch(n_patients, settings.noise_probability, generator)
    seed = int(torch.randint(2**62, (), generator=generator))
    return AugmentationDraw(
        angle=torch.deg2rad(degrees) * turned,
        zoom=torch.where(zoomed, zoom, 1.0),
        control=control * settings.elastic_fraction * bent.view(-1, 1, 1, 1),
        gamma=torch.where(contrasted, gamma, 1.0),
        noise_std=noise_std * noisy,
        noise_seed=seed,
    )


def _uniform(size: int, low: float, high: float, generator: Generator) -> Tensor:
    return low + (high - low) * torch.rand(size, generator=generator)


def _log_uniform(size: int, ends: tuple[float, float], generator: Generator) -> Tensor:
    return _uniform(size, math.log(ends[0]), math.log(ends[1]), generator).exp()


def _switch(size: int, probability: float, generator: Generator) -> Tensor:
    return torch.rand(size, generator=generator) < probability
