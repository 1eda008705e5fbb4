"""The augmentation in whole-batch operations, for devices that have many cores."""

import torch
from torch import Generator, Tensor
from torch.nn import functional

from cirrhosis.data.augmentation_draw import AugmentationDraw
from cirrhosis.data.sampling_grid import make_grid


def augment_on_device(
    draw: AugmentationDraw, images: Tensor, masks: Tensor | None, padding: str
) -> tuple[Tensor, Tensor | None]:
    """Return augmented images (N, Q, S, H, W) and masks (N, M x S, H, W), float32.

    What was drawn lies on the CPU, so that choosing whom an effect concerns waits for nothing.
    Noise comes from the device's own generator, seeded by the draw.
    """
    images = images.float()
    masks = None if masks is None else masks.float()
    moved = draw.moved.nonzero().flatten()
    if len(moved):
        grid = make_grid(draw, moved, images.new_empty(len(moved), 2, *images.shape[-2:]))
        images = _move(images, draw, grid, ("bilinear", padding))
        if masks is not None:
            stacks = masks.unflatten(1, (-1, images.shape[2]))
            masks = _move(stacks, draw, grid, ("nearest", padding)).flatten(1, 2)
    return _add_noise(_change_contrast(images.clamp(0, 1), draw), draw), masks


def _move(planes: Tensor, draw: AugmentationDraw, grid: Tensor, how: tuple[str, str]) -> Tensor:
    n_patients, _, n_slices = planes.shape[:3]
    per_slice = len(draw.angle) > n_patients
    stack = planes.transpose(1, 2).flatten(0, 1) if per_slice else planes.flatten(1, 2)
    mode, padding = how
    moved = draw.moved.nonzero().flatten().to(planes.device)
    read = functional.grid_sample(
        stack[moved], grid, mode=mode, padding_mode=padding, align_corners=False
    )
    stack = read if len(moved) == len(stack) else stack.index_copy(0, moved, read)
    if per_slice:
        return stack.unflatten(0, (n_patients, n_slices)).transpose(1, 2)
    return stack.view(planes.shape)


def _change_contrast(images: Tensor, draw: AugmentationDraw) -> Tensor:
    if bool((draw.gamma == 1).all()):
        return images
    return images ** draw.gamma.to(images).view(-1, 1, 1, 1, 1)


def _add_noise(images: Tensor, draw: AugmentationDraw) -> Tensor:
    noisy = draw.noise_std.nonzero().flatten()
    if not len(noisy):
        return images
    source = Generator(images.device).manual_seed(draw.noise_seed)
    shape = (len(noisy), *images.shape[1:])
    noise = torch.randn(shape, generator=source, device=images.device)
    noise *= draw.noise_std[noisy].to(images).view(-1, 1, 1, 1, 1)
    return images.index_add(0, noisy.to(images.device), noise).clamp_(0, 1)
