"""A pair to align: volumes, the liver of the fixed one, and where its points truly lie."""

from dataclasses import dataclass

import numpy as np

from cirrhosis.contracts.volume import Array, RigidTransform, Volume
from cirrhosis.imaging.geometry import points_of
from cirrhosis.imaging.rigid import apply

N_POINTS = 1000


@dataclass(frozen=True)
class Pair:
    """Two volumes whose alignment near the liver is known.

    Attributes:
        name: Of the pair within its scenario.
        contrast: What distinguishes the moving volume.
        fixed: Volume that stays.
        moving: Volume to be aligned.
        liver: Mask on the grid of `fixed`.
        truth: From fixed to moving space, exact for the liver.
    """

    name: str
    contrast: str
    fixed: Volume
    moving: Volume
    liver: Volume
    truth: RigidTransform

    def errors_mm(self, found: RigidTransform) -> Array:
        """Return the target registration error of about 1,000 points of the liver."""
        voxels = np.argwhere(self.liver.array)
        points = points_of(self.liver, voxels[:: max(1, len(voxels) // N_POINTS)])
        return np.linalg.norm(apply(found, points) - apply(self.truth, points), axis=1)


def draw_in_ball(rng: np.random.Generator, radius: float, shares: Array | None = None) -> Array:
    """Return a vector whose length is that of a uniform draw from a ball of `radius`.

    Args:
        rng: Source.
        radius: Largest length.
        shares: Weight of each axis in the direction; None favours none.
    """
    direction = rng.standard_normal(3) * (1.0 if shares is None else shares)
    length: float = radius * rng.random() ** (1 / 3)
    return np.asarray(direction / np.linalg.norm(direction) * length)
