from dataclasses import replace

import numpy as np
import pytest
import torch

from cirrhosis.imaging.rigid import apply
from cirrhosis.models.networks.placed_volume import frame_of, place_pair, transform_of
from cirrhosis.models.networks.rigid_sampling import grid_points
from cirrhosis.models.registrar_refinement import refine, smoothed
from cirrhosis.models.registrar_settings import RefinementSettings
from tests.imaging.made_volumes import liver_points, motion
from tests.models.made_pairs import region

QUICK = RefinementSettings(steps=(40, 30, 20), n_samples=2000)
STILL = (torch.eye(3), torch.zeros(3))


def error_mm(refined, mask, truth):
    found = transform_of(refined.rotation, refined.shift, frame_of(mask))
    points = liver_points()
    return np.median(np.linalg.norm(apply(found, points) - apply(truth, points), axis=1))


@pytest.mark.parametrize("sequence", ["t1", "t2"])
def test_a_known_motion_is_found_to_below_a_millimetre(sequence):
    degrees, shift_mm = (3, -4, 5), (8, -6, 7)
    volumes = region(sequence, degrees, shift_mm)
    placed = place_pair(*volumes, frame_of(volumes[2]))
    refined = refine(*placed, start=STILL, settings=QUICK)
    assert error_mm(refined, volumes[2], motion(degrees, shift_mm)) < 1
    assert refined.after > refined.before


def test_bias_fields_do_not_lead_astray():
    fixed, moving, mask = region("t1", (0, 0, 0), (3, -2, 4))
    placed = [
        volume._replace(image=volume.image * drift(volume, direction))
        for volume, direction in zip(
            place_pair(fixed, moving, mask, frame_of(mask))[:2],
            ((0.9, -0.5, 0.7), (0.5, 0.8, 0.9)),
            strict=True,
        )
    ]
    inside = place_pair(fixed, moving, mask, frame_of(mask))[2]
    truth = motion((0, 0, 0), (3, -2, 4))
    found, blind = (
        refine(*placed, inside, start=STILL, settings=replace(QUICK, field_learning_rate=rate))
        for rate in (0.02, 0.0)
    )
    assert error_mm(found, mask, truth) < 1
    assert error_mm(found, mask, truth) < error_mm(blind, mask, truth)


def drift(volume, direction):
    size = volume.image.shape[2:]
    points = grid_points(size, volume.spacing_mm) + volume.middle_mm
    return (points / 100 @ torch.tensor(direction)).exp().reshape(1, 1, *size)


def test_a_climb_that_leads_down_is_not_taken():
    volumes = region()
    placed = place_pair(*volumes, frame_of(volumes[2]))
    best = refine(*placed, start=STILL, settings=QUICK)
    # Steps so long that they jump away from the summit.
    wild = replace(QUICK, learning_rates=(0.5, 0.5, 0.5), steps=(1, 1, 1), decay=1.0)
    start = (best.rotation, best.shift)
    kept = refine(*placed, start=start, settings=wild)
    assert kept.after == kept.before
    assert torch.equal(kept.rotation, start[0])
    assert torch.equal(kept.shift, start[1])


def test_the_same_pair_gives_the_same_motion_twice():
    volumes = region()
    placed = place_pair(*volumes, frame_of(volumes[2]))
    short = replace(QUICK, steps=(4, 3, 2), n_samples=500)
    first, second = (refine(*placed, start=STILL, settings=short) for _ in range(2))
    assert torch.equal(first.rotation, second.rotation)
    assert torch.equal(first.shift, second.shift)


def test_a_blur_keeps_the_mean_and_spreads_a_point_by_its_width():
    volumes = region()
    placed = place_pair(*volumes, frame_of(volumes[2]))[0]
    image = torch.zeros(1, 1, 31, 31, 31)
    image[0, 0, 15, 15, 15] = 1
    blurred = smoothed(placed._replace(image=image, spacing_mm=2.0), 6.0).image[0, 0]
    assert blurred.sum().item() == pytest.approx(1, abs=1e-4)
    places = 2.0 * (torch.arange(31) - 15)
    spread = (blurred.sum((0, 1)) * places**2).sum().sqrt().item()
    assert spread == pytest.approx(6, rel=0.05)
