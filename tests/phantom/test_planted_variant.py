"""Variants: positives and shams differ in the planted signal and in nothing else."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from cirrhosis.phantom import planted_variant
from cirrhosis.phantom.planted_donor import Donor, DonorVolume
from cirrhosis.phantom.planted_sampling import apply_affine, find_coordinates
from cirrhosis.phantom.planted_settings import PlantedSettings
from cirrhosis.phantom.planted_signal import (
    MARGIN_MM,
    NODULARITY_MM,
    TEXTURE_SHARE,
    draw_signal,
    modulate,
)
from cirrhosis.phantom.planted_surface import distances_at, measure_surface, outward_at
from cirrhosis.phantom.planted_variant import (
    VariantPlan,
    make_variant,
    measure_surfaces,
    plan_variants,
)
from cirrhosis.phantom.planted_variation import draw_variation, find_shown_at, move

SETTINGS = PlantedSettings(source="made", seed=5)
CENTER_MM = (-40.0, 10.0, 300.0)
LIVER_RADII_MM = np.array([70.0, 55.0, 50.0])


def make_affine(spacing, shape, signs=(1, -1, 1)):
    """Return a matrix whose grid is centred near the liver; by default stored as LAS."""
    affine = np.diag([*(np.array(spacing) * signs), 1.0])
    affine[:3, 3] = np.array(CENTER_MM) - affine[:3, :3] @ ((np.array(shape) - 1) / 2)
    return affine


def positions(volume):
    index = np.indices(volume.voxels.shape, dtype=float).reshape(3, -1)
    return apply_affine(volume.affine_lps, index)


def make_volume(sequence, spacing=(3.0, 3.0, 6.0), shape=(64, 60, 26), **kwargs):
    affine = make_affine(spacing, shape, **kwargs)
    index = np.indices(shape, dtype=float).reshape(3, -1)
    offset = (apply_affine(affine, index) - np.reshape(CENTER_MM, (3, 1))).reshape(3, *shape)
    liver = ((offset / LIVER_RADII_MM[:, None, None, None]) ** 2).sum(0) < 1
    body = 0.3 + 0.1 * np.sin(offset[0] / 12) * np.cos(offset[1] / 15)
    voxels = (body + 0.3 * liver).astype(np.float32)
    return DonorVolume(sequence, voxels, liver, affine, True)


@pytest.fixture(scope="module")
def donor():
    t2 = make_volume("t2", spacing=(4.0, 4.0, 5.0), shape=(50, 46, 32), signs=(-1, 1, 1))
    volumes = (make_volume("t1"), t2._replace(has_mask=False))
    return Donor("d1", "d1", volumes, CENTER_MM)


@pytest.fixture(scope="module")
def single(donor):
    """The same donor with the first volume only, where one is looked at."""
    return donor._replace(volumes=donor.volumes[:1])


@pytest.fixture(scope="module")
def surfaces(donor):
    return measure_surfaces(donor)


def make(donor, surfaces, *, strength, seed=11, **changes):
    plan = VariantPlan("d1-x", int(bool(strength)), seed, strength)
    return make_variant(donor, surfaces, plan, replace(SETTINGS, **changes))


def test_sham_is_untouched_to_the_byte(donor, surfaces):
    sham = make(donor, surfaces, strength=0.0)
    untouched = make(donor, surfaces, strength=None)
    for one, other in zip(sham.scans, untouched.scans, strict=True):
        assert one.voxels.tobytes() == other.voxels.tobytes()
        assert one.liver.tobytes() == other.liver.tobytes()
    assert (sham.truth["operated"], untouched.truth["operated"]) == (1, 0)


def test_positive_of_strength_zero_is_its_negative_to_the_byte(donor, surfaces):
    seed = plan_variants("d1", SETTINGS)[0].seed
    settings = replace(SETTINGS, strength=0.0)
    made = [
        make_variant(donor, surfaces, VariantPlan("d1-x", label, seed, 0.0), settings)
        for label in (1, 0)
    ]
    for one, other in zip(made[0].scans, made[1].scans, strict=True):
        assert one.voxels.tobytes() == other.voxels.tobytes()


@pytest.mark.parametrize("strength", [1.0, 0.0, None])
def test_every_class_is_interpolated_once(donor, surfaces, strength, monkeypatch):
    taken = {"sample_linear": [], "sample_nearest": []}
    for name, calls in taken.items():
        original = getattr(planted_variant, name)

        def counted(source, coordinates, *, original=original, calls=calls):
            calls.append(source.shape)
            return original(source, coordinates)

        monkeypatch.setattr(planted_variant, name, counted)
    make(donor, surfaces, strength=strength)
    shapes = [volume.voxels.shape for volume in donor.volumes]
    assert taken == {"sample_linear": shapes, "sample_nearest": shapes}


def test_signal_is_at_the_liver_and_nowhere_else(donor, surfaces):
    positive = make(donor, surfaces, strength=1.0, elastic_mm=0.0)
    sham = make(donor, surfaces, strength=0.0, elastic_mm=0.0)
    plan = VariantPlan("d1-x", 1, 11, 1.0)
    variation = draw_variation(
        planted_variant._rng(plan, "variation"),
        replace(SETTINGS, elastic_mm=0.0),
        center_mm=CENTER_MM,
    )
    for volume, one, other in zip(donor.volumes, positive.scans, sham.scans, strict=True):
        there = move(positions(volume), variation)
        distances = distances_at(surfaces[volume.sequence], there).reshape(one.voxels.shape)
        # A lattice cell of the sampling and a voxel of the interpolation beyond the margin.
        far = distances > MARGIN_MM + 7
        assert far.mean() > 0.2
        np.testing.assert_array_equal(one.voxels[far], other.voxels[far])
        changed = (one.voxels != other.voxels)[distances < 0]
        assert changed.mean() > 0.9
        assert (one.liver != other.liver)[np.abs(distances) < NODULARITY_MM].mean() > 0.1


def test_parts_of_the_signal_can_be_switched_off(single, surfaces):
    sham = make(single, surfaces, strength=0.0).scans[0]
    texture = make(single, surfaces, strength=1.0, nodularity=False).scans[0]
    nodular = make(single, surfaces, strength=1.0, texture=False).scans[0]
    np.testing.assert_array_equal(texture.liver, sham.liver)
    assert (texture.voxels != sham.voxels).any()
    assert (nodular.liver != sham.liver).any()
    # Six voxels below the surface nothing of it is left; further down there is no liver.
    deep = ndimage.binary_erosion(sham.liver, iterations=6)
    assert deep.sum() > 500
    np.testing.assert_array_equal(nodular.voxels[deep], sham.voxels[deep])


@pytest.mark.parametrize("extent", ["whole", "local"])
def test_signal_changes_neither_size_nor_brightness(single, surfaces, extent):
    sizes, means = [], []
    for seed in range(4):
        sham = make(single, surfaces, strength=0.0, seed=seed, extent=extent).scans[0]
        nodular = make(single, surfaces, strength=1.0, seed=seed, extent=extent).scans[0]
        sizes.append(nodular.liver.sum() / sham.liver.sum() - 1)
        means.append(nodular.voxels[nodular.liver > 0].mean() / sham.voxels[sham.liver > 0].mean())
    # Shares of the liver; donors differ by tens of percent, variants by several. A curved
    # surface gains 3 sd^2 / R^2 (about 2 %) from displacements of mean zero.
    assert abs(np.mean(sizes)) < 0.03
    assert np.abs(sizes).max() < 0.06
    assert abs(np.mean(means) - 1) < 0.01
    assert np.abs(np.array(means) - 1).max() < 0.02


def test_texture_keeps_the_liver_mean_exactly_and_its_amplitude(donor, surfaces):
    volume = donor.volumes[0]
    signal = draw_signal(
        np.random.default_rng(3), SETTINGS, strength=1.0, center_mm=CENTER_MM, place=None
    )
    textured = modulate(volume, signal, surfaces["t1"])
    np.testing.assert_array_equal(textured[~volume.liver], volume.voxels[~volume.liver])
    ratio = textured[volume.liver] / volume.voxels[volume.liver]
    assert textured[volume.liver].mean() == pytest.approx(volume.voxels[volume.liver].mean(), 1e-5)
    # The pattern reaches 1 and its own mean is subtracted.
    assert 0.7 * TEXTURE_SHARE < ratio.max() - 1 < 1.3 * TEXTURE_SHARE


def test_surface_is_measured_outward_in_millimetres():
    """Oracle: distance and direction of a sphere."""
    shape, spacing = (70, 66, 40), (2.0, 2.0, 3.5)
    affine = make_affine(spacing, shape)
    index = np.indices(shape, dtype=float).reshape(3, -1)
    radius = np.linalg.norm(apply_affine(affine, index) - np.reshape(CENTER_MM, (3, 1)), axis=0)
    surface = measure_surface((radius < 40).reshape(shape), affine)
    rays = np.random.default_rng(1).standard_normal((3, 200))
    rays /= np.linalg.norm(rays, axis=0)
    lengths = np.linspace(30, 50, 200)
    points = np.reshape(CENTER_MM, (3, 1)) + rays * lengths
    # Distances are between voxel centres, so within one slice thickness.
    assert np.abs(distances_at(surface, points) - (lengths - 40)).max() < 3.5
    assert ((outward_at(surface, points) * rays).sum(0) > 0.97).all()


def test_rigid_move_agrees_with_scipy():
    """Oracle: scipy's affine transform with the matrix composed by hand."""
    # Fine enough that moves are found on a coarser lattice and refined.
    volume = make_volume("t1", spacing=(1.5, 2.0, 6.0), shape=(70, 61, 12))
    settings = replace(SETTINGS, elastic_mm=0.0)
    variation = draw_variation(np.random.default_rng(2), settings, center_mm=CENTER_MM)
    turn = variation.affine_lps[:3, :3]
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1)
    matrix = np.linalg.inv(volume.affine_lps) @ variation.affine_lps @ volume.affine_lps
    expected = ndimage.affine_transform(volume.voxels, matrix, order=1, mode="nearest")
    coordinates = find_coordinates(
        volume.voxels.shape, volume.affine_lps, lambda points: move(points, variation)
    )
    found = ndimage.map_coordinates(volume.voxels, coordinates, order=1, mode="nearest")
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_rigid_move_turns_about_the_liver():
    settings = replace(SETTINGS, elastic_mm=0.0, rotation_deg=30.0, translation_mm=4.0)
    for seed in range(5):
        variation = draw_variation(np.random.default_rng(seed), settings, center_mm=CENTER_MM)
        center = np.reshape(CENTER_MM, (3, 1))
        assert np.abs(move(center, variation) - center).max() <= 4


def test_sequences_share_one_geometry(donor, surfaces):
    """The liver lies at the same place in both sequences, on their different grids."""
    one, other = make(donor, surfaces, strength=1.0).scans
    index = np.indices(other.liver.shape, dtype=float).reshape(3, -1)
    back = np.linalg.inv(one.affine_lps) @ other.affine_lps
    carried = ndimage.map_coordinates(one.liver, apply_affine(back, index), order=0)
    both = 2 * ((carried > 0) & (other.liver.ravel() > 0)).sum()
    assert both / ((carried > 0).sum() + (other.liver > 0).sum()) > 0.95
    assert (one.has_mask, other.has_mask) == (True, False)


def test_shown_place_is_the_inverse_of_the_move():
    settings = replace(SETTINGS, elastic_mm=6.0, rotation_deg=20.0)
    variation = draw_variation(np.random.default_rng(7), settings, center_mm=CENTER_MM)
    point = np.reshape(CENTER_MM, (3, 1)) + 30
    np.testing.assert_allclose(move(find_shown_at(point, variation), variation), point, atol=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_local_signal_is_where_the_truth_says(donor, surfaces, seed):
    changes = {"extent": "local", "local_radius_mm": 30.0, "seed": seed}
    positive = make(
        donor,
        surfaces,
        strength=1.0,
        **changes,
    )
    sham = make(donor, surfaces, strength=0.0, **changes)
    truth = positive.truth
    place = np.array([truth[f"place_{axis}_mm"] for axis in "xyz"])
    for volume, one, other in zip(donor.volumes, positive.scans, sham.scans, strict=True):
        change = np.abs(one.voxels.astype(float) - other.voxels).ravel()
        assert change.max() > 20
        where = positions(volume)
        distance = np.linalg.norm(where - place[:, None], axis=0)
        # The elastic move stretches lengths a little; a lattice cell and a voxel add to it.
        assert distance[change > 0].max() < 30 * 1.2 + 7
        center = (where * change).sum(1) / change.sum()
        assert np.linalg.norm(center - place) < 15
    index = np.array([truth[f"place_voxel_{axis}"] for axis in "ijk"])
    reference = next(v for v in donor.volumes if v.sequence == truth["place_sequence"])
    np.testing.assert_allclose(
        apply_affine(reference.affine_lps, index[:, None])[:, 0], place, atol=0.1
    )
    assert sham.truth["place_x_mm"] == truth["place_x_mm"]


def test_plans_are_balanced_with_a_seed_each():
    plans = plan_variants("d1", replace(SETTINGS, n_positive=3, n_negative=2))
    assert [plan.patient_id for plan in plans] == ["d1-p0", "d1-p1", "d1-p2", "d1-n0", "d1-n1"]
    assert [plan.label for plan in plans] == [1, 1, 1, 0, 0]
    assert [plan.strength for plan in plans] == [1.0, 1.0, 1.0, 0.0, 0.0]
    others = plan_variants("d2", SETTINGS)
    assert len({plan.seed for plan in [*plans, *others]}) == 5 + 8


def test_control_of_the_operation_plants_nothing():
    plans = plan_variants("d1", replace(SETTINGS, control="sham_vs_untouched"))
    assert {(plan.label, plan.strength) for plan in plans} == {(1, 0.0), (0, None)}
