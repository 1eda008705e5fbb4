"""The rigid motion of a patient between sequences, known because it is made here."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from cirrhosis.phantom.patient_randomness import patient_rng

MOVING_SEQUENCES = ("t1", "t2")
FIXED_SEQUENCE = "pvp"
LARGEST_MM = 15.0
LARGEST_DEG = 8.0
# With breathing the liver turns less, and the wall hardly moves.
LARGEST_BREATHING_DEG = 5.0
LARGEST_WALL_MM = 2.0
LARGEST_WALL_DEG = 1.0
# Breathing pushes the organs up and down, a little to the front, hardly to the side.
_BREATHING_SHARES = np.array([0.2, 0.35, 1.0])
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


class PatientMotion(NamedTuple):
    """How one patient lies in one sequence against the pvp examination.

    Attributes:
        organs: Motion of the liver and of the organs around it.
        wall: Motion of the trunk, the spine and whatever runs along it.
    """

    organs: Motion
    wall: Motion


STILL = Motion((0.0, 0.0, 0.0), (0.0, 0.0, 0.0))


def make_motions(
    number: int, *, seed: int, sd_mm: float, sd_deg: float, breathing: bool = False
) -> dict[str, PatientMotion]:
    """Draw the motion of each sequence of one patient; pvp does not move.

    Args:
        number: Of the patient.
        seed: Of the cohort.
        sd_mm: Standard deviation of each component of the translation; with breathing of the
            one along the body, and a share of it for the others and for the wall.
        sd_deg: The same of the rotation vector; with breathing half of it.
        breathing: Whether organs move against the wall, or the patient as a whole.
    """
    rng = patient_rng(seed=seed, number=number, stream="motion")
    draws = rng.standard_normal((2, 2, 3))
    # Drawn after the organs' motion, which stays what it was before there was breathing.
    wall_draws = rng.standard_normal((2, 2, 3))
    motions = {FIXED_SEQUENCE: PatientMotion(STILL, STILL)}
    for sequence, draw, wall_draw in zip(MOVING_SEQUENCES, draws, wall_draws, strict=True):
        if breathing:
            motions[sequence] = _breathe(draw, wall_draw, sd_mm=sd_mm, sd_deg=sd_deg)
        else:
            whole = Motion(
                _shorten(sd_mm * draw[0], LARGEST_MM), _shorten(sd_deg * draw[1], LARGEST_DEG)
            )
            motions[sequence] = PatientMotion(whole, whole)
    return motions


def _breathe(
    draw: NDArray[np.float64], wall_draw: NDArray[np.float64], *, sd_mm: float, sd_deg: float
) -> PatientMotion:
    return PatientMotion(
        organs=Motion(
            _shorten(sd_mm * _BREATHING_SHARES * draw[0], LARGEST_MM),
            _shorten(sd_deg / 2 * draw[1], LARGEST_BREATHING_DEG),
        ),
        wall=Motion(
            _shorten(sd_mm / 8 * wall_draw[0], LARGEST_WALL_MM),
            _shorten(sd_deg / 8 * wall_draw[1], LARGEST_WALL_DEG),
        ),
    )


def _shorten(vector: NDArray[np.float64], longest: float) -> tuple[float, float, float]:
    length = float(np.linalg.norm(vector))
    kept = vector * min(1.0, longest / length) if length > 0 else vector
    # Rounded here so that the table of the truth holds exactly what was applied.
    return (round(float(kept[0]), 4), round(float(kept[1]), 4), round(float(kept[2]), 4))
