"""Memory that is used again once nobody holds it any more."""

import weakref

import numpy as np
import torch
from torch import Tensor


class RecycledMemory:
    """Hand out float32 tensors on the CPU and take their memory back when they are dropped.

    A fresh batch of 168 MB costs more in page faults than in arithmetic. The tensors are
    ordinary ones: as long as one of them, a view of it or autograd's copy of the reference
    lives, its memory is not handed out again. A copy or pickle of the object starts empty.
    """

    def __init__(self) -> None:
        self._free: list[np.ndarray] = []

    def __reduce__(self) -> tuple[type["RecycledMemory"], tuple[()]]:
        """Leave the memory behind when copied."""
        return RecycledMemory, ()

    def take(self, shape: tuple[int, ...]) -> Tensor:
        """Return a tensor of `shape`, its values undefined."""
        size = int(np.prod(shape))
        block = self._find(size)
        # The tensor keeps exactly this array alive; views of a tensor share its storage.
        lent = block[:size].reshape(shape)
        weakref.finalize(lent, self._free.append, block).atexit = False
        return torch.from_numpy(lent)

    def _find(self, size: int) -> np.ndarray:
        while self._free:
            block = self._free.pop()
            # A block that is too small or far too large is let go: sizes have changed.
            if size <= block.size <= 2 * size:
                return block
        return np.empty(size, dtype=np.float32)
