"""The smooth field of the receiver coils, taken out before two volumes are compared."""

import numpy as np
import SimpleITK as sitk

from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.geometry import image_of, like
from cirrhosis.imaging.region import Region

# The field changes over a hand's breadth: coarse voxels show it, in a sixtieth of the time.
FIELD_SPACING_MM = 12.0
# One cubic B-spline piece along each axis.
CONTROL_POINTS = 4
ITERATIONS = 30
CONVERGENCE = 1e-3
# Air is darker than this share of the 99th percentile; its intensities tell nothing.
DARKEST_SHARE = 0.15
# Fewer voxels of tissue do not determine a field.
FEWEST_VOXELS = 64


def even_region(region: Region) -> Region:
    """Return the region with both volumes freed of their fields.

    Two fields that change in different directions move the maximum of the mutual information
    by more than a millimetre away from where the anatomies meet.
    """
    return region._replace(
        fixed=correct_bias_field(region.fixed), moving=correct_bias_field(region.moving)
    )


def correct_bias_field(volume: Volume) -> Volume:
    """Return an isotropic volume divided by its multiplicative field; float32.

    A volume without tissue enough is returned as it is. The result repeats to the last bit
    on one thread.

    References:
        Tustison NJ, Avants BB, Cook PA, et al. N4ITK: improved N3 bias correction.
        IEEE Trans Med Imaging 2010;29:1310-1320.
    """
    dark, bright = np.percentile(volume.array, [1, 99]).tolist()
    # The logarithm inside needs more than nothing.
    image = image_of(volume) + 1e-3 * max(bright, 1e-6)
    factors = [_shrinkage(n, volume.spacing_mm[0]) for n in image.GetSize()]
    coarse = sitk.Shrink(image, factors)
    tissue = coarse > DARKEST_SHARE * bright
    n_tissue = int(sitk.GetArrayViewFromImage(tissue).sum())
    if bright <= max(dark, 0.0) or n_tissue < FEWEST_VOXELS:
        return volume
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetMaximumNumberOfIterations([ITERATIONS])
    n4.SetNumberOfControlPoints([CONTROL_POINTS] * 3)
    n4.SetConvergenceThreshold(CONVERGENCE)
    n4.Execute(coarse, tissue)
    field = sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(image))
    return like(volume, (volume.array / np.exp(field)).astype(np.float32))


def _shrinkage(n: int, spacing_mm: float) -> int:
    """Return how many voxels become one, leaving at least four along the axis."""
    return max(1, min(round(FIELD_SPACING_MM / spacing_mm), n // 4))
