"""Two volumes on one grid around the fixed liver: what a rigid registrar learns from."""

from typing import NamedTuple, TypedDict

from torch import Tensor


class PairTensors(NamedTuple):
    """One pair on one isotropic grid whose axes are those of the fixed volume.

    Attributes:
        fixed: Intensities from 0 (air) to about 1, shape (z, y, x).
        moving: The same of the other volume where the scanner says that it lies.
        region: 1 where the two are compared, uint8.
    """

    fixed: Tensor
    moving: Tensor
    region: Tensor


class PairBatch(TypedDict):
    """Pairs of one step, each of shape (N, 1, z, y, x)."""

    fixed: Tensor
    moving: Tensor
    region: Tensor
