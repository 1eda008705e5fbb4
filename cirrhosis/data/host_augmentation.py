"""The augmentation on the CPU: one plane at a time, so that it stays in cache throughout."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from cirrhosis.data.augmentation_draw import AugmentationDraw
from cirrhosis.data.gaussian_noise import fill_gaussian
from cirrhosis.data.movement import Movement, Planes, list_movements
from cirrhosis.data.recycled import RecycledMemory

# Numbers of a block of planes: one megabyte, one plane of 512 x 512.
BLOCK = 2**18


class Block(NamedTuple):
    """Planes that go through all effects together.

    Attributes:
        movement: What happens to them.
        number: Of the block among the images of its movement; None for masks.
        read: As they are, shape (planes, H, W).
        written: Where they go, of the same shape.
    """

    movement: Movement
    number: int | None
    read: Tensor
    written: Tensor


class HostAugmentation:
    """Apply what was drawn to a batch on the CPU.

    Blocks and streams of noise follow from the batch's shape alone, so that the number of
    threads (torch's) changes nothing but the time.

    Args:
        padding: What is read beyond the border.
    """

    def __init__(self, padding: str) -> None:
        self.padding = padding
        self._memory = RecycledMemory()

    def __call__(
        self, draw: AugmentationDraw, images: Tensor, masks: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """Return augmented images (N, Q, S, H, W) and masks (N, M x S, H, W), float32.

        Both are views of one tensor (N, Q + M, S, H, W), so that they can be joined without
        another copy.
        """
        n_sequences, n_slices = images.shape[1:3]
        stacks = None if masks is None else masks.unflatten(1, (-1, n_slices))
        n_planes = n_sequences + (0 if stacks is None else stacks.shape[1])
        out = self._memory.take((len(images), n_planes, *images.shape[2:]))
        target = Planes(out[:, :n_sequences], None if masks is None else out[:, n_sequences:])
        source = Planes(images, stacks)
        movements = list_movements(draw, source, target, self._memory)
        blocks = [block for movement in movements for block in _list_blocks(movement)]
        self._augment(blocks, draw.noise_seed)
        return target.images, None if target.masks is None else target.masks.flatten(1, 2)

    def _augment(self, blocks: list[Block], noise_seed: int) -> None:
        """Give the blocks to as many threads as torch has, each on its own."""

        def augment(block: Block) -> None:
            if block.number is None:
                block.written.copy_(self._read(block, "nearest"))
            else:
                self._augment_images(block, (noise_seed, block.movement.number, block.number))

        n_threads = torch.get_num_threads()
        if n_threads == 1:
            for block in blocks:
                augment(block)
            return
        # Threads that share one operation wait for each other at its end; here each has its own
        # blocks, and inside a block torch starts no further threads.
        try:
            with ThreadPoolExecutor(n_threads, "augment", torch.set_num_threads, (1,)) as pool:
                # Emptying the iterator raises what a thread raised.
                list(pool.map(augment, blocks))
        finally:
            # Threads that start later take the number that was set last, in any thread.
            torch.set_num_threads(n_threads)

    def _augment_images(self, block: Block, name: tuple[int, int, int]) -> None:
        movement = block.movement
        value = self._read(block, "bilinear").clamp_(0, 1)
        if movement.gamma != 1:
            # A power by way of the logarithm takes half the time; 0 stays 0.
            value.log2_().mul_(movement.gamma).exp2_()
        if movement.noise_std:
            noise = torch.empty(value.numel())
            fill_gaussian(noise, name[0], name[1:])
            value.add_(noise.view_as(value), alpha=movement.noise_std)
        torch.clamp(value, 0, 1, out=block.written)

    def _read(self, block: Block, mode: str) -> Tensor:
        """Return planes as they are read, float32."""
        # Copied even if they have the type already: reading in any direction is then fast.
        planes = torch.empty(block.read.shape).copy_(block.read)
        if block.movement.grid is None:
            return planes
        return functional.grid_sample(
            planes[None],
            block.movement.grid[None],
            mode=mode,
            padding_mode=self.padding,
            align_corners=False,
        )[0]


def _list_blocks(movement: Movement) -> Iterator[Block]:
    source, target = movement.source, movement.target
    for number, (read, written) in enumerate(_split(source.images, target.images)):
        yield Block(movement, number, read, written)
    if source.masks is not None and target.masks is not None:
        for read, written in _split(source.masks, target.masks):
            yield Block(movement, None, read, written)


def _split(read: Tensor, written: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    n_planes = max(1, BLOCK // read[0].numel())
    return zip(read.split(n_planes), written.split(n_planes), strict=True)
