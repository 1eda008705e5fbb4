"""Which part of which volume is shown in a step."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Generator, Tensor

from cirrhosis.contracts.errors import ContractError
from cirrhosis.data.liver_example import LiverExample, surround


class Place(NamedTuple):
    """The first voxel of a window.

    Attributes:
        example: Number of the example.
        start: Voxel (z, y, x).
    """

    example: int
    start: tuple[int, int, int]


class LiverWindows:
    """Draws windows so that sequences have equal shares, and volumes within a sequence.

    Args:
        examples: Volumes to learn from.
        window: Size (z, y, x).
        context: Neighbouring slices on either side that are added.
        liver_share: Of the windows that are placed around a voxel of the liver.

    Raises:
        ContractError: If there is nothing to learn from.
    """

    def __init__(
        self,
        examples: Sequence[LiverExample],
        window: tuple[int, int, int],
        *,
        context: int,
        liver_share: float,
    ) -> None:
        if not examples:
            raise ContractError(
                "expected volumes with a liver mask to learn from, but there are none; fill in"
                " `liver_mask_path` in volumes.csv for the sequences asked for"
            )
        self.window, self.context, self.liver_share = window, context, liver_share
        self.examples = [surround(example, window) for example in examples]
        self.slices = [
            torch.nonzero(example.liver.flatten(1).any(1))[:, 0] for example in self.examples
        ]
        names = sorted({example.sequence for example in self.examples})
        self.of_sequence = [
            [number for number, one in enumerate(self.examples) if one.sequence == name]
            for name in names
        ]

    def draw(self, n: int, generator: Generator) -> list[Place]:
        """Return the places of `n` windows."""
        return [self._draw_one(generator) for _ in range(n)]

    def cut(self, places: Sequence[Place]) -> tuple[Tensor, Tensor]:
        """Return images (n, z + 2 context, y, x) and livers (n, z, y, x), as they are stored."""
        images = [self._cut_image(place) for place in places]
        livers = [self.examples[place.example].liver[self._box(place)] for place in places]
        return torch.stack(images), torch.stack(livers)

    def _draw_one(self, generator: Generator) -> Place:
        group = self.of_sequence[_below(len(self.of_sequence), generator)]
        number = group[_below(len(group), generator)]
        at_liver = float(torch.rand((), generator=generator)) < self.liver_share
        shape = self.examples[number].image.shape
        voxel = self._pick_voxel(number, generator) if at_liver else None
        start = tuple(
            _place(size, width, None if voxel is None else voxel[axis], generator)
            for axis, (size, width) in enumerate(zip(shape, self.window, strict=True))
        )
        return Place(number, start)  # type: ignore[arg-type]

    def _pick_voxel(self, number: int, generator: Generator) -> tuple[int, int, int] | None:
        """Return a voxel of the liver, every slice of it as likely as any other."""
        slices = self.slices[number]
        if not len(slices):
            return None
        z = int(slices[_below(len(slices), generator)])
        inside = torch.nonzero(self.examples[number].liver[z])
        y, x = inside[_below(len(inside), generator)].tolist()
        return z, y, x

    def _box(self, place: Place) -> tuple[slice, ...]:
        return tuple(
            slice(first, first + width)
            for first, width in zip(place.start, self.window, strict=True)
        )

    def _cut_image(self, place: Place) -> Tensor:
        image = self.examples[place.example].image
        depth, rows, columns = self._box(place)
        slices = torch.arange(
            depth.start - self.context, depth.stop + self.context, device=image.device
        )
        return image[slices.clamp(0, len(image) - 1), rows, columns]


def _below(n: int, generator: Generator) -> int:
    return int(torch.randint(n, (), generator=generator))


def _place(size: int, width: int, voxel: int | None, generator: Generator) -> int:
    """Return where a window starts along one axis: anywhere, or so that it holds a voxel."""
    low, high = 0, size - width
    if voxel is not None:
        low, high = max(low, voxel - width + 1), min(high, voxel)
    return low + _below(high - low + 1, generator)
