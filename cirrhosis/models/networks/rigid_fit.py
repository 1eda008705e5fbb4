"""The rigid motion between two sets of weighted points, in closed form."""

import torch
from torch import Tensor

# Keeps singular values apart (mm squared): where they meet, their gradients are infinite.
# Against the spread of points in an abdomen it is a millionth; alone it means no rotation.
JITTER_MM2 = (1e-4, 2e-4, 3e-4)


def fit_rigid(fixed: Tensor, moving: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return the rigid motion that carries weighted points nearest to their partners.

    It minimises the sum of weight x |R p + t - q|^2 over rotations R and shifts t; a
    reflection is never returned. Points that do not decide the rotation leave it out.

    Args:
        fixed: Points p in mm, shape (N, K, 3).
        moving: Points q in mm, shape (N, K, 3).
        weights: Not negative, shape (N, K); their scale does not matter.

    Returns:
        Rotations R, shape (N, 3, 3), and shifts t in mm, shape (N, 3), in float64.

    References:
        Kabsch W. A solution for the best rotation to relate two sets of vectors.
        Acta Crystallogr A 1976;32:922-923, with the sign of Umeyama S. IEEE Trans Pattern
        Anal Mach Intell 1991;13:376-380, equation 40.
    """
    fixed, moving, weights = fixed.double(), moving.double(), weights.double()
    share = (weights / weights.sum(1, keepdim=True).clamp_min(1e-30))[..., None]
    fixed_center = (share * fixed).sum(1)
    moving_center = (share * moving).sum(1)
    spread = fixed - fixed_center[:, None]
    covariance = (share * spread).transpose(1, 2) @ (moving - moving_center[:, None])
    covariance = covariance + torch.diag(covariance.new_tensor(JITTER_MM2))
    left, _, right = torch.linalg.svd(covariance)
    sign = torch.ones_like(fixed_center)
    sign[:, 2] = torch.det(right.transpose(1, 2) @ left.transpose(1, 2)).detach().sign()
    rotation = right.transpose(1, 2) @ (sign[..., None] * left.transpose(1, 2))
    return rotation, moving_center - (rotation @ fixed_center[..., None])[..., 0]
