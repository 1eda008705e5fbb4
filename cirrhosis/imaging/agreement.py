"""How well two volumes agree in a region before and after a transform."""

from typing import NamedTuple

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.volume import Array, RigidTransform
from cirrhosis.imaging.geometry import image_of
from cirrhosis.imaging.information import mutual_information
from cirrhosis.imaging.region import Region
from cirrhosis.imaging.rigid import IDENTITY, itk_transform


class Agreement(NamedTuple):
    """What a transform changes.

    Attributes:
        before: Mutual information at identity, in nats.
        after: The same at the transform.
        overlap: Share of the region's voxels that lie in the moving volume both times.
    """

    before: float
    after: float
    overlap: float


def measure_agreement(region: Region, found: RigidTransform, *, bins: int) -> Agreement:
    """Compare the region at identity and at `found`, over the voxels common to both."""
    inside = region.mask.array > 0
    fixed = region.fixed.array[inside]
    start, end = (_moved(region, transform)[inside] for transform in (IDENTITY, found))
    common = np.isfinite(start) & np.isfinite(end)
    if not common.any():
        return Agreement(0.0, 0.0, 0.0)
    return Agreement(
        before=mutual_information(fixed[common], start[common], bins=bins),
        after=mutual_information(fixed[common], end[common], bins=bins),
        overlap=float(common.mean()),
    )


def _moved(region: Region, transform: RigidTransform) -> Array:
    moved = sitk.Resample(
        image_of(region.moving),
        image_of(region.fixed),
        itk_transform(transform),
        sitk.sitkLinear,
        float("nan"),
    )
    return sitk.GetArrayFromImage(moved)
