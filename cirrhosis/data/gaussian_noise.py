"""Gaussian numbers for images on the CPU, several times faster than torch's own."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

N_LEVELS = 2**16
# Numbers that are drawn at once, so that their random bits stay in cache.
PART = 2**18


@lru_cache(maxsize=1)
def gaussian_levels() -> Tensor:
    """Return 65,536 equally likely values that stand for a standard normal, float32, ascending.

    The range of the normal is cut into intervals of equal probability, each represented by
    its mean; the whole is scaled to variance 1. The distribution function is nowhere more than
    2^-16 from the normal's, and no value lies beyond 4.4: for noise that is added to an image,
    not for the study of rare events.
    """
    cuts = torch.special.ndtri(torch.linspace(0, 1, N_LEVELS + 1, dtype=torch.float64))
    density = torch.exp(-cuts.square() / 2) / (2 * torch.pi) ** 0.5
    means = (density[:-1] - density[1:]) * N_LEVELS
    return (means / means.square().mean().sqrt()).float()


def fill_gaussian(out: Tensor, seed: int, name: tuple[int, ...]) -> None:
    """Fill `out` with Gaussian numbers that depend on seed and name alone.

    Torch draws all numbers serially from one generator. Here every piece of a batch has a
    stream of its own (NumPy's spawned `SeedSequence`), so that threads share the work and
    their number does not change the values. Sixteen random bits make a number.

    Args:
        out: Contiguous, float32, one axis.
        seed: Of the batch.
        name: Of this piece of the batch.
    """
    levels = gaussian_levels()
    source = np.random.SFC64(np.random.SeedSequence(seed, spawn_key=name))
    for part in out.split(PART):
        n_words = -(-len(part) // 4)
        words = source.random_raw(n_words)
        chosen = words.view(np.uint16)[: len(part)].astype(np.int32)
        torch.index_select(levels, 0, torch.from_numpy(chosen), out=part)
