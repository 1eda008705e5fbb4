"""The augmentation on the CPU: few planes at a time, so that they stay in cache throughout."""

from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor
from torch.nn import functional

from cirrhosis.data.augmentation_draw import AugmentationDraw
from cirrhosis.data.gaussian_noise import Map, fill_gaussian
from cirrhosis.data.movement import Movement, Planes, list_movements
from cirrhosis.data.recycled import RecycledMemory

# Numbers of a block of planes: five megabytes, five planes of 512 x 512.
BLOCK = 5 * 2**18
# grid_sample gives each image of a batch to a thread: rows are handed to it as so many images.
MOST_BANDS = 32


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
        """Return augmented images (N, Q, S, H, W) and masks (N, S, H, W), float32.

        Both are views of one tensor (N, Q + 1, S, H, W), so that they can be joined without
        another copy.
        """
        n_sequences = images.shape[1]
        n_planes = n_sequences + (masks is not None)
        out = self._memory.take((len(images), n_planes, *images.shape[2:]))
        target = Planes(out[:, :n_sequences], None if masks is None else out[:, n_sequences:])
        source = Planes(images, None if masks is None else masks.unsqueeze(1))
        n_threads = torch.get_num_threads()
        with ThreadPoolExecutor(n_threads) as pool:
            spread: Map = pool.map if n_threads > 1 else map
            for movement in list_movements(draw, source, target, self._memory):
                self._augment_images(movement, draw.noise_seed, spread)
                self._augment_masks(movement)
        return target.images, None if target.masks is None else target.masks[:, 0]

    def _augment_images(self, movement: Movement, noise_seed: int, spread: Map) -> None:
        blocks = _blocks(movement.source.images, movement.target.images)
        for number, (read, written) in enumerate(blocks):
            value = self._read(read, movement.grid, "bilinear").clamp_(0, 1)
            if movement.gamma != 1:
                # A power by way of the logarithm takes half the time; 0 stays 0. Base 2 would be
                # faster still, but torch rounds exp2 by where the threads' shares end.
                value.log_().mul_(movement.gamma).exp_()
            if movement.noise_std:
                noise = torch.empty(value.numel())
                fill_gaussian(noise, noise_seed, (movement.number, number), spread)
                value.add_(noise.view_as(value), alpha=movement.noise_std)
            torch.clamp(value, 0, 1, out=_banded(written, len(value)))

    def _augment_masks(self, movement: Movement) -> None:
        if movement.source.masks is None or movement.target.masks is None:
            return
        for read, written in _blocks(movement.source.masks, movement.target.masks):
            value = self._read(read, movement.grid, "nearest")
            _banded(written, len(value)).copy_(value)

    def _read(self, planes: Tensor, grid: Tensor | None, mode: str) -> Tensor:
        """Return planes as they are read, float32, shape (bands, planes, rows, W)."""
        # Copied even if they have the type already: reading in any direction is then fast.
        planes = torch.empty(planes.shape).copy_(planes)
        if grid is None:
            return planes.unsqueeze(0)
        n_bands = next(n for n in range(MOST_BANDS, 0, -1) if len(grid) % n == 0)
        return functional.grid_sample(
            planes.expand(n_bands, *planes.shape),
            grid.unflatten(0, (n_bands, -1)),
            mode=mode,
            padding_mode=self.padding,
            align_corners=False,
        )


def _blocks(read: Tensor, written: Tensor) -> list[tuple[Tensor, Tensor]]:
    n_planes = max(1, BLOCK // read[0].numel())
    return list(zip(read.split(n_planes), written.split(n_planes), strict=True))


def _banded(planes: Tensor, n_bands: int) -> Tensor:
    return planes.unflatten(1, (n_bands, -1)).transpose(0, 1)
