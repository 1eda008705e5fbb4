import pytest
import torch

from cirrhosis.models.networks.keypoint_net import KeypointNet, find_centers
from cirrhosis.models.networks.rigid_sampling import grid_points, sample_at


def test_about_313_000_weights_decide_it():
    n = sum(weight.numel() for weight in KeypointNet(40, 32).parameters())
    assert n == pytest.approx(313_000, rel=0.02)


def test_points_follow_an_image_that_moves():
    torch.manual_seed(0)
    network = KeypointNet(8, 8).eval()
    image = torch.zeros(2, 1, 32, 32, 32)
    blob = torch.rand(9, 9, 9)
    image[0, 0, 11:20, 11:20, 11:20] = blob
    # Three levels repeat after eight voxels.
    image[1, 0, 11:20, 3:12, 11:20] = blob
    with torch.no_grad():
        # Maps as a trained network has them: narrow.
        network.maps.weight.mul_(50)
        points = network(image, 5.0).points_mm
    moved = points[1] - points[0]
    inside = points[0].abs().amax(1) < 30
    assert inside.any()
    expected = torch.tensor([0.0, -40.0, 0.0]).expand_as(moved)
    assert torch.allclose(moved[inside], expected[inside], atol=4)


def test_the_centre_of_one_hot_voxel_is_its_place_and_compact():
    maps = torch.zeros(1, 2, 4, 6, 8)
    maps[0, 0, 3, 1, 2] = 100
    found = find_centers(maps, spacing_mm=10.0)
    assert torch.allclose(found.points_mm[0, 0], torch.tensor([-15.0, -15.0, 15.0]), atol=1e-3)
    assert found.compactness[0, 0] > 0.99
    assert torch.allclose(found.points_mm[0, 1], torch.zeros(3), atol=1e-4)
    assert found.compactness[0, 1] < 0.1


def test_a_volume_is_read_where_its_voxels_lie():
    image = torch.arange(4 * 6 * 8.0).reshape(1, 1, 4, 6, 8)
    read = sample_at(image, grid_points((4, 6, 8), 3.0)[None], 3.0)
    assert torch.allclose(read, image.reshape(1, -1), atol=1e-3)
    assert sample_at(image, torch.full((1, 1, 3), 100.0), 3.0).item() == 0
