"""What a scanner adds to an image: a bias field and Rician noise."""

import numpy as np
from numpy.typing import NDArray

from cirrhosis.phantom.grids import FIELD_OF_VIEW_MM, STACK_MM

Image = NDArray[np.float32]


def add_bias_field(
    image: Image, positions: Image, *, largest: float, rng: np.random.Generator
) -> Image:
    """Return `image` under a smooth multiplicative field that belongs to the scanner.

    Args:
        image: Signal of each voxel, shape (n,).
        positions: Where each voxel lies in the scanner, LPS millimetres, shape (3, n).
        largest: Largest log change, roughly: quadratic terms of random size up to it.
        rng: Source of the field.
    """
    halves = np.array([FIELD_OF_VIEW_MM, FIELD_OF_VIEW_MM, STACK_MM], dtype=np.float32)[:, None] / 2
    x, y, z = positions / halves
    terms = (x, y, z, x * x, y * y, x * y)
    weights = largest / 2 * rng.uniform(-1, 1, len(terms)).astype(np.float32)
    field = sum(weight * term for weight, term in zip(weights, terms, strict=True))
    return np.asarray(image * np.exp(field), dtype=np.float32)


def add_rician_noise(image: Image, *, sd: float, rng: np.random.Generator) -> Image:
    """Return the magnitude of `image` with normal noise of `sd` in both channels."""
    noise = np.float32(sd) * rng.standard_normal((2, image.size), dtype=np.float32)
    return np.asarray(np.hypot(image + noise[0], noise[1]), dtype=np.float32)
