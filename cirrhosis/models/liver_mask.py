"""From the probability of the liver to one mask."""

import numpy as np
from scipy import ndimage

from cirrhosis.contracts.volume import Array


def clean_mask(probability: Array, *, threshold: float = 0.5) -> Array:
    """Return the largest part above the threshold, holes filled slice by slice; uint8 (z, y, x).

    Vessels at the border of a slice stay open; nothing is filled across slices, where the gap
    between two lobes would be closed.
    """
    inside = probability > threshold
    # Voxels that share a face.
    parts, n_parts = ndimage.label(inside)
    if n_parts > 1:
        sizes = np.bincount(parts.ravel())
        sizes[0] = 0
        inside = parts == sizes.argmax()
    return np.stack([ndimage.binary_fill_holes(plane) for plane in inside]).astype(np.uint8)
