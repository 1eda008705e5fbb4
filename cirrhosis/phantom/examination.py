"""All volumes of one patient, made from the patient's rows and streams."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cirrhosis.phantom.anatomy import Build, make_anatomy
from cirrhosis.phantom.contrasts import make_contrast
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.grids import Grid, make_grid
from cirrhosis.phantom.motions import PatientMotion, make_motions
from cirrhosis.phantom.painting import PatternStrength, paint_abdomen
from cirrhosis.phantom.patient_randomness import patient_rng
from cirrhosis.phantom.patterns import make_texture
from cirrhosis.phantom.scanner import add_bias_field, add_rician_noise

SEQUENCES = ("t1", "t2", "pvp")


class PatternResponse(NamedTuple):
    """How the contrast of a pattern grows with severity.

    Attributes:
        at_mean: Contrast at mean severity, as a share of the liver's signal.
        per_sd: Growth of its logarithm per unit of the severity that the sequence shows.
    """

    at_mean: float
    per_sd: float


# Nodules are bright in t1 and dark in pvp; septa are bright in t2.
RESPONSES = {
    "t1": PatternResponse(0.09, 1.0),
    "t2": PatternResponse(0.16, 1.0),
    "pvp": PatternResponse(-0.08, 1.0),
}
# Beyond this, contrast no longer grows, so that a rare draw does not turn the liver black.
SATURATION = 1.5


class PatientPlan(NamedTuple):
    """One patient as the worker needs it: plain values that travel between processes.

    Attributes:
        number: Place of the patient in the cohort, from 0.
        patient_id: Name in tables and files.
        build: What decides the shape of the abdomen.
        views: Severity that each sequence shows.
    """

    number: int
    patient_id: str
    build: Build
    views: dict[str, float]


class Scan(NamedTuple):
    """A volume and its liver mask on one grid."""

    sequence: str
    grid: Grid
    volume: NDArray[np.int16]
    liver_mask: NDArray[np.uint8]


def patient_motions(number: int, settings: DigitalSettings) -> dict[str, PatientMotion]:
    """Return the motion of each sequence of one patient."""
    return make_motions(
        number,
        seed=settings.seed,
        sd_mm=settings.motion_sd_mm,
        sd_deg=settings.motion_sd_deg,
        breathing=settings.motion == "breathing",
    )


def examine(
    plan: PatientPlan,
    settings: DigitalSettings,
    motions: Mapping[str, PatientMotion] | None = None,
) -> Iterator[Scan]:
    """Yield the volumes of one patient, one sequence at a time.

    Args:
        plan: The patient.
        settings: Of the cohort.
        motions: Sequences to make and how the patient lies in each; None makes all of them
            with the motions that the settings draw.
    """
    seed, number = settings.seed, plan.number
    anatomy = make_anatomy(plan.build, patient_rng(seed=seed, number=number, stream="anatomy"))
    texture = make_texture(patient_rng(seed=seed, number=number, stream="pattern"))
    if motions is None:
        motions = patient_motions(number, settings)
    for sequence in (name for name in SEQUENCES if name in motions):
        rng = patient_rng(seed=seed, number=number, stream=sequence)
        grid = make_grid(sequence, settings)
        positions = grid.positions()
        contrast = make_contrast(sequence, rng)
        painted = paint_abdomen(
            anatomy,
            texture,
            points=motions[sequence].organs.undo(positions),
            wall_points=motions[sequence].wall.undo(positions),
            signals=contrast.signals,
            strength=_pattern_strength(sequence, plan.views[sequence], settings.image_strength),
        )
        biased = add_bias_field(painted.image, positions, largest=settings.bias_field, rng=rng)
        noise_sd = contrast.signals["liver"] / settings.liver_snr
        noisy = add_rician_noise(biased, sd=noise_sd, rng=rng)
        stored = np.clip(np.rint(noisy * contrast.gain), 0, np.iinfo(np.int16).max)
        yield Scan(
            sequence,
            grid,
            stored.astype(np.int16).reshape(grid.shape),
            painted.liver_mask.reshape(grid.shape),
        )


def _pattern_strength(sequence: str, severity: float, image_strength: float) -> PatternStrength:
    response = RESPONSES[sequence]
    bounded = float(np.clip(severity, -SATURATION, SATURATION))
    contrast = response.at_mean * float(np.exp(response.per_sd * image_strength * bounded))
    return PatternStrength(0.0, contrast) if sequence == "t2" else PatternStrength(contrast, 0.0)
