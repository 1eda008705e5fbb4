"""How bright each tissue is in each sequence, in units where the noise-free scale is 1."""

from typing import NamedTuple

import numpy as np

TISSUES = (
    "fat",
    "muscle",
    "viscera",
    "lung",
    "bone",
    "fluid",
    "vessel",
    "kidney",
    "pancreas",
    "bowel",
    "spleen",
    "liver",
    "lesion",
)
# t1 and pvp with fat suppression, t2 without. In every patient something outshines the liver
# (pancreas in t1, spinal canal and stomach in t2, aorta and kidneys in pvp), so that neither
# texture nor ascites changes the scaling of the image.
_SIGNALS = {
    "t1": (0.25, 0.40, 0.22, 0.04, 0.38, 0.14, 0.24, 0.48, 1.25, 0.40, 0.42, 0.56, 0.38),
    "t2": (0.62, 0.22, 0.52, 0.04, 0.38, 1.10, 0.14, 0.72, 0.42, 0.55, 0.62, 0.38, 0.58),
    "pvp": (0.26, 0.44, 0.26, 0.04, 0.48, 0.16, 1.10, 1.15, 0.80, 0.55, 0.86, 0.80, 0.58),
}
# Signals differ this much between patients (log scale).
_SIGNAL_SD = 0.07
# Scanners give numbers of no unit; each volume has its own factor.
_GAIN = 600.0
_GAIN_SD = 0.3


class Contrast(NamedTuple):
    """Signal of each tissue in one volume, and the factor to stored numbers."""

    signals: dict[str, float]
    gain: float


def make_contrast(sequence: str, rng: np.random.Generator) -> Contrast:
    """Draw the contrast of one volume."""
    spread = np.exp(_SIGNAL_SD * rng.standard_normal(len(TISSUES)))
    gain = float(_GAIN * np.exp(_GAIN_SD * rng.standard_normal()))
    pairs = zip(TISSUES, _SIGNALS[sequence], spread, strict=True)
    return Contrast({tissue: signal * float(factor) for tissue, signal, factor in pairs}, gain)
