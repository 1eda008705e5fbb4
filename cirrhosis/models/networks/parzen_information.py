"""Mutual information that has a gradient: smooth windows in place of histogram bins."""

import torch
from torch import Tensor

# Share of the values that lies outside the range at each end, as in the judge of a registration.
OUTSIDE = 0.005
# A window's standard deviation in bins.
WINDOW_BINS = 1.0


def parzen_information(
    first: Tensor, second: Tensor, weights: Tensor | None = None, *, bins: int
) -> Tensor:
    """Return the mutual information of paired intensities in nats.

    The joint density is the mean of products of normal windows around the pairs, on
    `bins` places over each variable's range from its 0.5th to its 99.5th percentile;
    values outside count at its ends. The ranges have no gradient.

    Args:
        first: Intensities, shape (N, P).
        second: Intensities at the same places, shape (N, P).
        weights: How much each pair counts, shape (N, P); None counts all alike.
        bins: Places of each variable.

    Returns:
        Shape (N,); near 0 if a variable is constant.

    References:
        Viola P, Wells WM. Alignment by maximization of mutual information.
        Int J Comput Vis 1997;24:137-154.
    """
    return information_of(joint_density(first, second, weights, bins=bins))


def joint_density(
    first: Tensor, second: Tensor, weights: Tensor | None = None, *, bins: int
) -> Tensor:
    """Return the smooth joint density of paired intensities, shape (N, bins, bins)."""
    first_windows, second_windows = _windows(first, bins), _windows(second, bins)
    if weights is not None:
        first_windows = first_windows * weights[..., None]
    joint = first_windows.transpose(1, 2) @ second_windows
    return joint / joint.sum((1, 2), keepdim=True).clamp_min(1e-12)


def information_of(joint: Tensor) -> Tensor:
    """Return the mutual information of joint densities (N, bins, bins) in nats, shape (N,)."""
    return entropy(joint.sum(1)) + entropy(joint.sum(2)) - entropy(joint)


def entropy(density: Tensor) -> Tensor:
    """Return the entropy in nats of densities whose first axis counts them, shape (N,)."""
    shares = density.flatten(1)
    return -(shares * (shares + 1e-10).log()).sum(1)


def _windows(values: Tensor, bins: int) -> Tensor:
    """Return how much each value belongs to each bin, shape (N, P, bins); sums to 1."""
    low, high = _range(values.detach())
    place = (values - low) / (high - low).clamp_min(1e-6) * (bins - 1)
    # Beyond the ends nothing pulls: the bounds hold the values, not their gradient.
    place = place.clamp(0, bins - 1)
    centers = torch.arange(bins, dtype=values.dtype, device=values.device)
    return torch.softmax(-0.5 * ((place[..., None] - centers) / WINDOW_BINS) ** 2, dim=-1)


def _range(values: Tensor) -> tuple[Tensor, Tensor]:
    ordered = values.sort(dim=1).values
    last = ordered.shape[1] - 1
    low, high = round(OUTSIDE * last), round((1 - OUTSIDE) * last)
    return ordered[:, low, None], ordered[:, high, None]
