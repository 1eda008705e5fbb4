"""Planes padded to a square and resized, without a matrix library whose sums depend on threads."""

import numpy as np

from cirrhosis.contracts.volume import Array


def pad_to_square(planes: Array) -> Array:
    """Return planes (n, height, width) with zeros on both sides of the shorter axis."""
    height, width = planes.shape[1:]
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    return np.pad(planes, ((0, 0), (top, side - height - top), (left, side - width - left)))


def resize_linear(planes: Array, size: int, *, antialias: bool) -> Array:
    """Return planes (n, height, width) resized to (n, size, size) linearly.

    Args:
        planes: Intensities, float.
        size: Voxels of each new side.
        antialias: Whether a smaller image averages all voxels it covers. Plain linear
            interpolation reads two voxels per axis, so that at a quarter of the size most
            of the image would be skipped. Without effect on enlargement.

    Returns:
        Resized planes, float32.
    """
    resized = planes.astype(np.float32)
    for axis in (1, 2):
        indices, weights = _taps(resized.shape[axis], size, antialias)
        shape = [1, 1, 1]
        shape[axis] = size
        # Enlargement has taps that no voxel uses.
        used = weights.any(axis=1)
        # One tap after another: memory stays small, and every sum has the same order. In place,
        # because another array of this size costs more than the arithmetic.
        total: Array = np.zeros((), np.float32)
        for index, weight in zip(indices[used], weights[used], strict=True):
            part = np.take(resized, index, axis=axis)
            part *= weight.reshape(shape)
            part += total
            total = part
        resized = total
    return resized


def resize_nearest(planes: Array, size: int) -> Array:
    """Return planes (n, height, width) resized to (n, size, size) by the nearest voxel."""
    for axis in (1, 2):
        length = planes.shape[axis]
        nearest = ((np.arange(size) + 0.5) * length / size).astype(int)
        planes = np.take(planes, nearest, axis=axis)
    return planes


def _taps(length: int, size: int, antialias: bool) -> tuple[Array, Array]:
    """Return which old voxels make each new one and their weights, both (taps, size)."""
    scale = length / size
    reach = max(1.0, scale) if antialias else 1.0
    centers = (np.arange(size) + 0.5) * scale - 0.5
    n_taps = 2 * int(np.ceil(reach)) + 1
    indices = np.floor(centers - reach).astype(int) + np.arange(n_taps)[:, None] + 1
    weights = np.clip(1 - np.abs(indices - centers) / reach, 0, None)
    # Beyond the border there is nothing: what remains of the weights is scaled up to 1.
    weights[(indices < 0) | (indices >= length)] = 0
    weights /= weights.sum(0)
    return np.clip(indices, 0, length - 1), weights.astype(np.float32)
