"""Small pairs of made abdomens as a registrar learns from them."""

from dataclasses import replace
from functools import lru_cache

from cirrhosis.commands.train_registrar_fit import cut_pair
from cirrhosis.imaging.region import cut_region
from cirrhosis.imaging.registration_settings import RegistrationSettings
from cirrhosis.models.registrar_settings import (
    KeypointSettings,
    LearningSettings,
    RefinementSettings,
    RegistrarSettings,
)
from tests.imaging.made_volumes import abdomen, liver_mask, motion

REGISTRATION = RegistrationSettings(spacing_mm=4.0)
SETTINGS = RegistrarSettings(
    network=KeypointSettings(spacing_mm=12.0, shape=(16, 16, 16), n_points=6, width=4),
    learning=LearningSettings(
        n_steps=2, steps_per_epoch=1, batch_size=2, spacing_mm=8.0, n_samples=300
    ),
    refinement=RefinementSettings(
        smoothing_mm=(4.0,), steps=(2,), learning_rates=(0.01,), n_samples=500
    ),
)
MOTIONS = (((2, -3, 4), (6, -4, 5)), ((-3, 1, 2), (-5, 6, -4)))


def learning(**changes):
    """Return the small settings with another way to learn."""
    return replace(SETTINGS, learning=replace(SETTINGS.learning, **changes))


@lru_cache
def region(sequence="t1", degrees=(2, -3, 4), shift_mm=(6, -4, 5)):
    """Return what an estimator is given: fixed, moving and region, on isotropic copies."""
    found = cut_region(
        abdomen("pvp"),
        abdomen(sequence, moved=motion(degrees, shift_mm), seed=1),
        liver_mask(),
        spacing_mm=4.0,
        dilation_mm=10.0,
        motion_mm=40.0,
    )
    return found.fixed, found.moving, found.mask


@lru_cache
def pairs():
    """Return two pairs that have moved."""
    return tuple(
        cut_pair(
            abdomen("pvp"),
            abdomen(sequence, moved=motion(*moved), seed=2),
            liver_mask(),
            settings=SETTINGS,
            registration=REGISTRATION,
        )
        for sequence, moved in zip(("t1", "t2"), MOTIONS, strict=True)
    )
