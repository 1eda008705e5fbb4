"""Intensities of the chosen slices: clip, pad, resize, scale, in the published order."""

from dataclasses import dataclass

import numpy as np

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Array
from cirrhosis.imaging.resizing import pad_to_square, resize_linear, resize_nearest

EXTENTS = ("volume", "slice")


@dataclass(frozen=True)
class IntensitySettings:
    """What is done to intensities; the order is fixed.

    Attributes:
        image_size: Voxels of each side of a prepared slice; 512 as published.
        clip_percentile: Intensities above it are set to it; 99.9 as published.
        clip_extent: What the percentile is of, `volume` (as stored, before resampling) or
            `slice`; the article does not say.
        scale_extent: What is scaled to [0, 1] together, `volume` (the chosen slices of one
            sequence, which keeps their relative brightness) or `slice`; the article does
            not say.
        antialias: Whether a reduction averages all voxels it covers. The article says
            linear; at 512 it enlarges nearly every image, where this changes nothing.
    """

    image_size: int = 512
    clip_percentile: float = 99.9
    clip_extent: str = "volume"
    scale_extent: str = "volume"
    antialias: bool = True

    def __post_init__(self) -> None:
        """Refuse settings without a meaning."""
        for name in ("clip_extent", "scale_extent"):
            if getattr(self, name) not in EXTENTS:
                raise ContractError(
                    f"expected `intensities.{name}` to be one of {', '.join(EXTENTS)}, but got"
                    f" '{getattr(self, name)}'"
                )
        if not 0 < self.clip_percentile <= 100 or self.image_size < 1:
            raise ContractError(
                "expected `intensities.clip_percentile` above 0 and at most 100 and a positive"
                f" `intensities.image_size`, but got {self.clip_percentile}, {self.image_size}"
            )


def prepare_intensities(planes: Array, ceiling: float, *, settings: IntensitySettings) -> Array:
    """Return the chosen slices of one sequence as the network sees them.

    Args:
        planes: Intensities on the fixed grid, shape (slices, height, width).
        ceiling: `clip_percentile` of the stored volume; unused with `clip_extent: slice`.
        settings: The choices.

    Returns:
        float16 in [0, 1], shape (slices, image_size, image_size).

    Raises:
        ContractError: If what is scaled together has one value only.
    """
    clipped = np.clip(planes, 0, ceilings_of(planes, ceiling, settings))
    resized = resize_linear(
        pad_to_square(clipped), settings.image_size, antialias=settings.antialias
    )
    axes = (0, 1, 2) if settings.scale_extent == "volume" else (1, 2)
    low = resized.min(axis=axes, keepdims=True)
    high = resized.max(axis=axes, keepdims=True)
    if (high <= low).any():
        raise ContractError(
            "expected varying intensities in every chosen slice, but one is constant after"
            " clipping; the sequence does not cover the liver, or the volume is not an image"
        )
    scaled: Array = ((resized - low) / (high - low)).astype(np.float16)
    return scaled


def prepare_mask(planes: Array, *, image_size: int) -> Array:
    """Return the chosen slices of a mask, uint8, shape (slices, image_size, image_size)."""
    return resize_nearest(pad_to_square(planes), image_size).astype(np.uint8)


def ceiling_of(array: Array, settings: IntensitySettings) -> float:
    """Return the clipping percentile of a whole volume."""
    return float(np.percentile(array, settings.clip_percentile))


def ceilings_of(planes: Array, ceiling: float, settings: IntensitySettings) -> Array:
    """Return what planes (slices, height, width) are clipped at, to broadcast over them."""
    if settings.clip_extent == "volume":
        return np.asarray(ceiling)
    return np.percentile(planes, settings.clip_percentile, axis=(1, 2), keepdims=True)
