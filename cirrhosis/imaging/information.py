"""Mutual information of two aligned images inside a region: the judge of a registration."""

import numpy as np

from cirrhosis.contracts.volume import Array


def mutual_information(first: Array, second: Array, *, bins: int) -> float:
    """Return the mutual information of paired intensities in nats.

    It is estimated from the joint histogram over each variable's range from its 0.5th to its
    99.5th percentile; values outside count in the outer bins, so that a few bright vessels
    do not squeeze the liver into one bin.

    Args:
        first: Intensities, shape (n,).
        second: Intensities at the same places, shape (n,).
        bins: Bins of each variable.

    Returns:
        Mutual information, 0 if either variable is constant.

    References:
        Viola P, Wells WM. Alignment by maximization of mutual information.
        Int J Comput Vis 1997;24:137-154.
    """
    joint = np.bincount(
        _binned(first, bins) * bins + _binned(second, bins), minlength=bins * bins
    ).reshape(bins, bins)
    share = joint / joint.sum()
    expected = share.sum(1, keepdims=True) * share.sum(0, keepdims=True)
    seen = share > 0
    return float(np.sum(share[seen] * np.log(share[seen] / expected[seen])))


def _binned(values: Array, bins: int) -> Array:
    low, high = np.percentile(values, [0.5, 99.5])
    if high <= low:
        return np.zeros(values.size, dtype=np.int64)
    scaled = (values - low) * (bins / (high - low))
    return np.clip(scaled, 0, bins - 1).astype(np.int64)
