import numpy as np
import pytest
import SimpleITK as sitk

from cirrhosis.contracts.volume import Volume
from cirrhosis.imaging.geometry import describe_grid, image_of, indices_of, points_of, volume_of
from cirrhosis.imaging.rigid import (
    IDENTITY,
    apply,
    itk_transform,
    rotation_deg,
    translation_mm,
)
from tests.imaging.made_volumes import motion


@pytest.fixture
def oblique() -> Volume:
    turned = sitk.Euler3DTransform()
    turned.SetRotation(0.1, -0.05, 0.2)
    array = np.random.default_rng(0).random((4, 5, 6)).astype(np.float32)
    return Volume(array, (5.0, 2.0, 1.5), (10.0, -20.0, 30.0), turned.GetMatrix())


def test_image_and_back_is_the_same_volume(oblique):
    back = volume_of(image_of(oblique))
    assert np.array_equal(back.array, oblique.array)
    assert back.same_grid(oblique)


def test_points_are_where_simpleitk_says(oblique):
    image = image_of(oblique)
    expected = image.TransformIndexToPhysicalPoint((4, 2, 3))
    assert points_of(oblique, np.array([[3, 2, 4]]))[0] == pytest.approx(expected)


def test_indices_undo_points(oblique):
    indices = np.random.default_rng(1).uniform(-3, 9, (20, 3))
    assert indices_of(oblique, points_of(oblique, indices)) == pytest.approx(indices)


def test_grid_is_described_in_z_y_x(oblique):
    assert describe_grid(oblique).startswith("4 x 5 x 6 voxels of (5, 2, 1.5) mm")


def test_rigid_transform_moves_points_as_simpleitk_does():
    transform = motion((5, -3, 8), (4, -2, 7))
    points = np.random.default_rng(2).uniform(-100, 100, (10, 3))
    itk = itk_transform(transform)
    expected = [itk.TransformPoint(point) for point in points.tolist()]
    assert apply(transform, points) == pytest.approx(np.array(expected))


def test_rotation_and_translation_of_known_motions():
    assert rotation_deg(motion((0, 0, 9))) == pytest.approx(9)
    assert translation_mm(motion((0, 0, 9), (3, 4, 12))) == pytest.approx(13)
    assert rotation_deg(IDENTITY) == 0
