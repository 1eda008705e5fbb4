"""How well one mask agrees with an expert's."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Mask = NDArray[Any]
# Of `scores.csv`.
COLUMNS = (
    "patient_id",
    "sequence",
    "fold",
    "dice",
    "hd95_mm",
    "volume_ml",
    "reference_ml",
    "volume_error_percent",
    "reason",
)


@dataclass(frozen=True)
class MaskScore:
    """Agreement of a mask with a reference.

    Attributes:
        dice: Twice the common voxels over the sum of both; None if both are empty.
        hd95_mm: The larger of the two directed 95th percentiles of the distance from one
            surface to the other, in millimetres; None if a mask is empty.
        volume_ml: Of the mask, in millilitres.
        reference_ml: Of the reference, in millilitres.
        volume_error_percent: Of the mask's volume, in per cent of the reference's, positive if
            it is too large; None if the reference is empty.
        reason: Why something is undefined, empty if nothing is.
    """

    dice: float | None
    hd95_mm: float | None
    volume_ml: float
    reference_ml: float
    volume_error_percent: float | None
    reason: str = ""


def score_mask(mask: Mask, reference: Mask, spacing_mm: tuple[float, float, float]) -> MaskScore:
    """Compare a mask with a reference on the same grid.

    Surfaces are the voxels that a neighbour across a face or the border of the volume leaves
    open, and distances go from voxel centre to voxel centre, as in MONAI.

    Args:
        mask: Above 0 inside, shape (z, y, x).
        reference: The same of an expert.
        spacing_mm: Distances along (z, y, x).

    Raises:
        ValueError: If the shapes differ.

    References:
        Dice (1945), Ecology 26(3), 297-302.
        Huttenlocher, Klanderman, Rucklidge (1993), IEEE Trans Pattern Anal Mach Intell 15(9),
        850-863 (Hausdorff distance); Taha, Hanbury (2015), BMC Med Imaging 15, 29 (quantile).
    """
    if mask.shape != reference.shape:
        raise ValueError(f"expected masks of one shape, got {mask.shape} and {reference.shape}")
    found, true = mask > 0, reference > 0
    voxel_ml = float(np.prod(spacing_mm)) / 1000
    n_found, n_true = int(found.sum()), int(true.sum())
    volumes = (n_found * voxel_ml, n_true * voxel_ml)
    error = (n_found - n_true) / n_true * 100 if n_true else None
    empty = [name for name, n in (("mask", n_found), ("reference", n_true)) if not n]
    if empty:
        dice = 0.0 if n_found or n_true else None
        return MaskScore(dice, None, *volumes, error, f"the {' and the '.join(empty)} is empty")
    dice = 2 * int((found & true).sum()) / (n_found + n_true)
    return MaskScore(dice, hausdorff_95(found, true, spacing_mm), *volumes, error)


def hausdorff_95(mask: Mask, reference: Mask, spacing_mm: tuple[float, float, float]) -> float:
    """Return the 95th percentile Hausdorff distance of two masks that are not empty, in mm."""
    both = np.argwhere((mask > 0) | (reference > 0))
    low, high = both.min(0), both.max(0) + 1
    # A voxel of margin stands for the border of the volume.
    one, other = (np.pad((each > 0)[tuple(map(slice, low, high))], 1) for each in (mask, reference))
    surfaces = [each & ~ndimage.binary_erosion(each) for each in (one, other)]
    distances = [
        ndimage.distance_transform_edt(~surface, sampling=spacing_mm) for surface in surfaces
    ]
    directed = (distances[1][surfaces[0]], distances[0][surfaces[1]])
    return float(max(np.percentile(each, 95) for each in directed))
