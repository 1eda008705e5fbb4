"""What the segmenter's network sees of a volume, and the way back to the volume's grid."""

import torch
from torch import Tensor
from torch.nn import functional

from cirrhosis.contracts.volume import Array


def prepare_image(array: Array, spacing_mm: tuple[float, float, float], to_mm: float) -> Tensor:
    """Return a volume as float32 (z, y, x), at `to_mm` within slices, with mean 0 and deviation 1.

    Every volume by itself, as nnU-Net does for MRI (Isensee et al. 2021, Nature Methods 18,
    203-211): intensities have no unit there.

    Args:
        array: Intensities (z, y, x).
        spacing_mm: Distances along (z, y, x).
        to_mm: Distance within a slice that is wanted; slices are not resampled.
    """
    image = resize(torch.from_numpy(array.astype("float32")), find_size(array, spacing_mm, to_mm))
    deviation = image.std()
    return (image - image.mean()) / deviation if deviation > 0 else torch.zeros_like(image)


def prepare_liver(mask: Array, spacing_mm: tuple[float, float, float], to_mm: float) -> Tensor:
    """Return a mask as uint8 (z, y, x) on the grid of `prepare_image`."""
    share = resize(
        torch.from_numpy((mask > 0).astype("float32")), find_size(mask, spacing_mm, to_mm)
    )
    return (share >= 0.5).to(torch.uint8)


def find_size(
    array: Array, spacing_mm: tuple[float, float, float], to_mm: float
) -> tuple[int, int]:
    """Return rows and columns of slices that are brought to `to_mm`."""
    rows, columns = (
        max(1, round(n * mm / to_mm)) for n, mm in zip(array.shape[1:], spacing_mm[1:], strict=True)
    )
    return rows, columns


def resize(slices: Tensor, size: tuple[int, int]) -> Tensor:
    """Return slices (z, y, x) of another size over the same field of view, averaged on the way."""
    if tuple(slices.shape[1:]) == size:
        return slices
    return functional.interpolate(
        slices[:, None], size=size, mode="bilinear", align_corners=False, antialias=True
    )[:, 0]


def pad_to(image: Tensor, divisors: tuple[int, int, int]) -> Tensor:
    """Return `image` (z, y, x) with its smallest value appended until its sizes are multiples.

    Of more than one within slices: normalisation needs several positions at the lowest level.
    """
    least = (divisors[0], 2 * divisors[1], 2 * divisors[2])
    missing = [
        max(few - size, -size % by)
        for size, by, few in zip(image.shape, divisors, least, strict=True)
    ]
    if not any(missing):
        return image
    depth, rows, columns = missing
    padding = (0, columns, 0, rows, 0, depth)
    return functional.pad(image, padding, value=float(image.min()))


def stack_context(image: Tensor, slices: Tensor, context: int) -> Tensor:
    """Return slices with their neighbours as channels, shape (n, 2 context + 1, y, x).

    Args:
        image: Volume (z, y, x).
        slices: Numbers of the slices, shape (n,); beyond the ends the last slice is repeated.
        context: Neighbours on either side.
    """
    steps = torch.arange(-context, context + 1, device=slices.device)
    return image[(slices[:, None] + steps).clamp(0, len(image) - 1)]
