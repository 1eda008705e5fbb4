"""Points of an abdomen that a network finds again in every contrast."""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

from cirrhosis.models.networks.rigid_sampling import grid_points

# Voxels of an image along each axis come in these; three levels halve them three times.
MULTIPLE = 8
# Of the heat maps: without it all keypoints begin in the middle and take long to leave it.
SHARPNESS = 4.0


class Keypoints(NamedTuple):
    """Where the heat maps of a volume have their centres, and how narrow they are.

    Attributes:
        points_mm: Positions (x, y, z) about the volume's centre, shape (N, K, 3).
        compactness: From 0 for a map without a place to 1, shape (N, K).
    """

    points_mm: Tensor
    compactness: Tensor


class KeypointNet(nn.Module):
    """Heat maps of keypoints at half resolution, from one channel.

    Eight neighbouring voxels become channels, so that nothing is computed at full
    resolution and nothing of it is lost. Three levels; normalisation within the instance,
    so that neither the batch nor the scanner's scale matters.

    Args:
        n_points: Keypoints K.
        width: Channels of the first level; the deeper ones have twice as many.
    """

    def __init__(self, n_points: int, width: int) -> None:
        super().__init__()
        self.first = _block(8, width, stride=1)
        self.second = nn.Sequential(
            _block(width, 2 * width, stride=2), _block(2 * width, 2 * width, stride=1)
        )
        self.third = _block(2 * width, 2 * width, stride=2)
        self.narrow_second = nn.Conv3d(2 * width, width, kernel_size=1)
        self.narrow_third = nn.Conv3d(2 * width, width, kernel_size=1)
        self.joined = _block(width, width, stride=1)
        self.maps = nn.Conv3d(width, n_points, kernel_size=1)

    def forward(self, images: Tensor, spacing_mm: float) -> Keypoints:
        """Return the keypoints of images of shape (N, 1, z, y, x), sizes a multiple of 8."""
        first = self.first(_fold(images))
        second = self.second(first)
        third = _widen(self.narrow_third(self.third(second)), second)
        deep = _widen(self.narrow_second(second) + third, first)
        return find_centers(
            SHARPNESS * self.maps(self.joined(first + deep)), spacing_mm=2 * spacing_mm
        )


def find_centers(maps: Tensor, *, spacing_mm: float) -> Keypoints:
    """Return the centres of mass of the softmax of heat maps.

    Args:
        maps: Shape (N, K, z, y, x).
        spacing_mm: Between their voxels.
    """
    share = maps.flatten(2).float().softmax(dim=-1)
    points = grid_points((maps.shape[2], maps.shape[3], maps.shape[4]), spacing_mm).to(share)
    centers = share @ points
    squares = share @ (points**2).sum(-1, keepdim=True)
    spread = (squares[..., 0] - (centers**2).sum(-1)).clamp_min(0)
    return Keypoints(centers, spacing_mm**2 / (spacing_mm**2 + spread))


def _fold(images: Tensor) -> Tensor:
    """Return the voxels of each cube of 2 x 2 x 2 as channels, shape (N, 8, z/2, y/2, x/2)."""
    n, _, z, y, x = images.shape
    cubes = images.reshape(n, z // 2, 2, y // 2, 2, x // 2, 2)
    return cubes.permute(0, 2, 4, 6, 1, 3, 5).reshape(n, 8, z // 2, y // 2, x // 2)


def _widen(maps: Tensor, like: Tensor) -> Tensor:
    return functional.interpolate(maps, like.shape[2:], mode="trilinear")


def _block(n_in: int, n_out: int, *, stride: int) -> nn.Sequential:
    return nn.Sequential(
        # Padding of its own: oneDNN takes ten times as long for the gradient of a padded kernel.
        nn.ConstantPad3d(1, 0.0),
        nn.Conv3d(n_in, n_out, kernel_size=3, stride=stride),
        nn.InstanceNorm3d(n_out, affine=True),
        nn.LeakyReLU(0.1, inplace=True),
    )
