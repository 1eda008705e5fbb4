"""The planes of a batch that move as one, and what happens to them."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from cirrhosis.data.augmentation_draw import AugmentationDraw
from cirrhosis.data.recycled import RecycledMemory
from cirrhosis.data.sampling_grid import make_grid


@dataclass(frozen=True)
class Planes:
    """Images and mask side by side.

    Attributes:
        images: Shape (..., H, W).
        masks: Shape (..., H, W); None where no mask is used. In a batch the slices of one mask
            follow those of another, (N, masks x S, H, W).
    """

    images: Tensor
    masks: Tensor | None


@dataclass(frozen=True)
class Movement:
    """One patient, or one slice of a patient.

    Attributes:
        number: Of the movement in the batch.
        source: Planes to read, images and masks of shape (planes, H, W).
        target: Planes to write, of the same shapes.
        grid: Where each pixel is read, shape (H, W, 2); None if nothing moves.
        gamma: Exponent of the intensities.
        noise_std: Standard deviation of the noise.
    """

    number: int
    source: Planes
    target: Planes
    grid: Tensor | None
    gamma: float
    noise_std: float


def list_movements(
    draw: AugmentationDraw, source: Planes, target: Planes, memory: RecycledMemory
) -> Iterator[Movement]:
    """Yield the movements of a batch.

    Args:
        draw: The dice.
        source: Batch to read, any type: images (N, Q, S, H, W), masks (N, M, S, H, W).
        target: Batch to write, of the same shapes.
        memory: Lends the memory for the grids.
    """
    n_patients, height, width = len(source.images), *source.images.shape[-2:]
    n_moves = len(draw.angle) // n_patients
    moved = draw.moved.nonzero().flatten()
    places = make_grid(draw, moved, memory.take((len(moved), 2, height, width)))
    grids = dict(zip(moved.tolist(), places, strict=True))
    sources, targets = _split(source, n_moves), _split(target, n_moves)
    for number, (read, written) in enumerate(zip(sources, targets, strict=True)):
        patient = number // n_moves
        yield Movement(
            number=number,
            source=read,
            target=written,
            grid=grids.get(number),
            gamma=float(draw.gamma[patient]),
            noise_std=float(draw.noise_std[patient]),
        )


def _split(planes: Planes, n_moves: int) -> list[Planes]:
    images = _views(planes.images, n_moves)
    masks = [None] * len(images) if planes.masks is None else _views(planes.masks, n_moves)
    return [Planes(*pair) for pair in zip(images, masks, strict=True)]


def _views(planes: Tensor, n_moves: int) -> list[Tensor]:
    """Return a view (planes, H, W) for each movement: of a patient, or of each slice."""
    if n_moves == 1:
        return list(planes.flatten(1, 2))
    return [plane for patient in planes for plane in patient.unbind(1)]
