"""The rigid motion of the patient between sequences, known because it is made here."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from cirrhosis.phantom.patient_randomness import patient_rng

MOVING_SEQUENCES = ("t1", "t2")
FIXED_SEQUENCE = "pvp"
LARGEST_MM = 15.0
LARGEST_DEG = 8.0
# Turning about the liver keeps large rotations from throwing it out of the stack.
PIVOT_MM = (-50.0, 0.0, 0.0)


class Motion(NamedTuple):
    """Where a point of the pvp examination lies in another sequence.

    The position is `R (p - pivot) + pivot + translation` in LPS millimetres, with R the
    rotation about the axis `rotation_deg` by its length in degrees.
    """

    translation_mm: tuple[float, float, float]
    rotation_deg: tuple[float, float, float]

    def undo(self, positions: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return where the points at `positions`, shape (3, n), lie in the pvp examination."""
        turn = Rotation.from_rotvec(self.rotation_deg, degrees=True).as_matrix().T
        pivot = np.asarray(PIVOT_MM)
        shift = pivot - turn @ (pivot + np.asarray(self.translation_mm))
        moved = turn.astype(np.float32) @ positions + shift.astype(np.float32)[:, None]
        return np.asarray(moved)


def make_motions(number: int, *, seed: int, sd_mm: float, sd_deg: float) -> dict[str, Motion]:
    """Draw the motion of each sequence of one patient; pvp does not move."""
    draws = patient_rng(seed=seed, number=number, stream="motion").standard_normal((2, 2, 3))
    motions = {FIXED_SEQUENCE: Motion((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))}
    for sequence, (translation, rotation) in zip(MOVING_SEQUENCES, draws, strict=True):
        motions[sequence] = Motion(
            _shorten(sd_mm * translation, LARGEST_MM), _shorten(sd_deg * rotation, LARGEST_DEG)
        )
    return motions


def _shorten(vector: NDArray[np.float64], longest: float) -> tuple[float, float, float]:
    length = float(np.linalg.norm(vector))
    kept = vector * min(1.0, longest / length) if length > 0 else vector
    # Rounded here so that the table of the truth holds exactly what was applied.
    return (round(float(kept[0]), 4), round(float(kept[1]), 4), round(float(kept[2]), 4))
