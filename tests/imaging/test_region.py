import numpy as np
import pytest
from scipy.spatial import cKDTree

from cirrhosis.imaging.geometry import indices_of, points_of
from cirrhosis.imaging.region import cut_region
from tests.imaging.made_volumes import LIVER, abdomen, liver_mask, liver_points


@pytest.fixture(scope="module")
def region():
    return cut_region(
        abdomen(), abdomen("t1"), liver_mask(), spacing_mm=3.0, dilation_mm=10.0, motion_mm=40.0
    )


def test_copies_are_isotropic(region):
    assert region.fixed.spacing_mm == region.moving.spacing_mm == (3.0, 3.0, 3.0)
    assert region.mask.same_grid(region.fixed)
    assert region.fixed.array.dtype == region.moving.array.dtype == np.float32


def test_mask_reaches_as_far_as_the_dilation_and_no_further(region):
    mask = region.mask.array
    every = np.argwhere(np.ones_like(mask))[::7]
    distance = cKDTree(liver_points()).query(points_of(region.mask, every))[0]
    inside = mask[tuple(every.T)] > 0
    # Half a stored voxel (6 x 4 x 4 mm) and half a copied one may lie between the two.
    tolerance = np.linalg.norm([3, 2, 2]) + 1.5 * np.sqrt(3)
    assert inside[distance < 10 - tolerance].all()
    assert not inside[distance > 10 + tolerance].any()


def test_moving_copy_leaves_room_for_motion(region):
    def ends(volume):
        return points_of(volume, np.array([(0, 0, 0), np.array(volume.array.shape) - 1]))

    fixed, moving = ends(region.fixed), ends(region.moving)
    # To front and back there is room for 40 mm; along the other axes the volume ends before.
    assert moving[0, 1] <= fixed[0, 1] - 35
    assert moving[1, 1] >= fixed[1, 1] + 35


def test_copies_show_what_the_volumes_show(region):
    # Deep inside the spleen smoothing changes nothing.
    index = indices_of(region.fixed, np.array([(-45.0, -5.0, 30.0)]))[0].round().astype(int)
    assert region.fixed.array[tuple(index)] == pytest.approx(500, abs=25)


def test_center_is_the_livers(region):
    assert region.center_mm == pytest.approx(liver_points().mean(0).tolist())
    assert np.linalg.norm(np.array(region.center_mm) - LIVER[0]) < 15
