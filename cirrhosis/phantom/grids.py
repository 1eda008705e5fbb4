"""The voxel grid of each sequence: number, size and direction of voxels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cirrhosis.phantom.digital_settings import DigitalSettings

FIELD_OF_VIEW_MM = 384.0
STACK_MM = 196.0
# Each sequence is stored in other directions, so that a reader who ignores the affine is found
# out. The letters name the side that each array axis runs to.
ORIENTATIONS = {"t1": "LAS", "t2": "RAS", "pvp": "LPS"}
_IN_PLANE_SHARE = {"t1": 1.0, "t2": 11 / 12, "pvp": 1.0}
_MORE_SLICES = {"t1": 0, "t2": -3, "pvp": 2}
_SIGNS = {"L": (0, 1), "R": (0, -1), "P": (1, 1), "A": (1, -1), "S": (2, 1), "I": (2, -1)}


@dataclass(frozen=True)
class Grid:
    """A voxel grid.

    Attributes:
        shape: Voxels along each array axis.
        affine_lps: Homogeneous matrix from array index to LPS position in millimetres.
    """

    shape: tuple[int, int, int]
    affine_lps: NDArray[np.float64]

    @property
    def affine_ras(self) -> NDArray[np.float64]:
        """Matrix from array index to RAS position, as NIfTI stores it."""
        return np.diag([-1.0, -1.0, 1.0, 1.0]) @ self.affine_lps

    def positions(self) -> NDArray[np.float32]:
        """Return the LPS position of every voxel, shape (3, n), the last array axis fastest."""
        index = np.indices(self.shape, dtype=np.float32).reshape(3, -1)
        turn = self.affine_lps[:3, :3].astype(np.float32)
        return np.asarray(turn @ index + self.affine_lps[:3, 3:].astype(np.float32))


def make_grid(sequence: str, settings: DigitalSettings) -> Grid:
    """Return the grid of one sequence, centred on the origin."""
    in_plane = round(settings.in_plane_voxels * _IN_PLANE_SHARE[sequence])
    n_slices = settings.n_slices + _MORE_SLICES[sequence]
    counts = {0: in_plane, 1: in_plane, 2: n_slices}
    sizes = {0: FIELD_OF_VIEW_MM / in_plane, 1: FIELD_OF_VIEW_MM / in_plane, 2: STACK_MM / n_slices}
    affine = np.eye(4)
    affine[:3, :3] = 0.0
    shape = []
    for column, letter in enumerate(ORIENTATIONS[sequence]):
        axis, sign = _SIGNS[letter]
        affine[axis, column] = sign * sizes[axis]
        affine[axis, 3] = -sign * sizes[axis] * (counts[axis] - 1) / 2
        shape.append(counts[axis])
    return Grid((shape[0], shape[1], shape[2]), affine)
