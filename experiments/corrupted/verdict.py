"""What became of a corrupted study, against the sound one."""

from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.store import Slices, read_slices
from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.geometry import points_of
from cirrhosis.imaging.mask_reading import read_labels_on
from cirrhosis.imaging.reading import read_volume
from experiments.corrupted.good_study import FIXED, MOVING

REFUSED, CORRECT, NOTICED = "refused", "correct", "noticed"
VALUES, SHORTER, UNDONE = "values", "shorter", "undone"
# What must not happen.
CRASH, HANG, MEMORY, WRONG = "crash", "hang", "memory", "wrong"
SAME_PLACE_MM = 0.5
# Correlation of prepared slices: the same ones, and those that another start of the
# registration led to the same place.
IDENTICAL, ALIKE = 0.9999, 0.97


class Verdict(NamedTuple):
    """How a study ended.

    Attributes:
        ending: One of the words above.
        reason: What the product or the comparison says.
    """

    ending: str
    reason: str


def judge(places: dict[str, Path], truth: dict[str, Volume], store: Path) -> Verdict:
    """Compare what was read and prepared with the truth.

    Args:
        places: Files of the corrupted study.
        truth: Its volumes and liver before corruption.
        store: Holds the one prepared patient.
    """
    findings = [_compare(name, places, truth) for name in truth]
    order = (WRONG, SHORTER, VALUES, CORRECT)
    worst = min(findings, key=lambda finding: order.index(finding.ending))
    likeness = _likeness(store)
    if (
        worst.ending == WRONG
        and likeness[MOVING] > ALIKE
        and _compare(FIXED, places, truth)[0]
        in (
            VALUES,
            CORRECT,
        )
    ):
        return Verdict(UNDONE, f"registration brought it back: {worst.reason}")
    if worst.ending == CORRECT and min(likeness.values()) < IDENTICAL:
        return Verdict(WRONG, f"prepared slices differ, correlations {likeness}")
    return worst


def _compare(name: str, places: dict[str, Path], truth: dict[str, Volume]) -> Verdict:
    wanted = truth[name]
    try:
        found = (
            read_labels_on(truth[FIXED], places[name])
            if name == "liver"
            else read_volume(places[name])
        )
    except ContractError as error:
        return Verdict(WRONG, f"{name} was prepared but cannot be read: {error}")
    if found.array.shape != wanted.array.shape:
        return _compare_part(name, found, wanted)
    distance = np.linalg.norm(_corners(found) - _corners(wanted), axis=1).max()
    if distance > SAME_PLACE_MM:
        return Verdict(WRONG, f"{name} lies up to {distance:.1f} mm from its place")
    values = found.array > 0 if name == "liver" else found.array
    return _compare_values(name, values.astype(float), wanted.array.astype(float))


def _compare_part(name: str, found: Volume, wanted: Volume) -> Verdict:
    n_slices = len(found.array)
    is_start = np.allclose(found.origin_mm, wanted.origin_mm, atol=SAME_PLACE_MM)
    is_spaced = np.allclose(found.spacing_mm, wanted.spacing_mm)
    if is_start and is_spaced and np.array_equal(found.array, wanted.array[:n_slices]):
        return Verdict(SHORTER, f"{name} ends {len(wanted.array) - n_slices} slices early")
    return Verdict(WRONG, f"{name} has the shape {found.array.shape}")


def _compare_values(name: str, found: np.ndarray, wanted: np.ndarray) -> Verdict:
    differing = float((np.abs(found - wanted) > 1e-3).mean())
    if differing == 0:
        return Verdict(CORRECT, "")
    alike = float(np.corrcoef(found.ravel(), wanted.ravel())[0, 1])
    words = f"{100 * differing:.2g} % of the voxels of {name} differ, correlation {alike:.5f}"
    # Flipped bits touch single voxels; a scaling touches all of them alike.
    return Verdict(VALUES if differing < 1e-3 or alike > 0.999 else WRONG, words)


def _corners(volume: Volume) -> np.ndarray:
    return points_of(volume, np.array(list(product(*[(0, n - 1) for n in volume.array.shape]))))


def _likeness(store: Path) -> dict[str, float]:
    """Return the correlation of prepared slices with those of the sound study."""
    found = _slices(store)
    sound = _slices(store.parents[1] / "sound" / "store")
    if found.record["indices"] != sound.record["indices"]:
        return dict.fromkeys(sound.images, 0.0)
    return {
        name: float(np.corrcoef(found.images[name].ravel(), image.ravel())[0, 1])
        for name, image in sound.images.items()
    }


def _slices(store: Path) -> Slices:
    return read_slices(next((store / "slices").glob("*.safetensors")))
