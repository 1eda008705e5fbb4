"""Batches of rows: even in size, in an order that is a function of seed and epoch."""

from collections.abc import Iterator

import numpy as np
from torch.utils.data import Sampler

from cirrhosis.contracts.randomness import seed_of


class ShuffledBatches(Sampler[list[int]]):
    """Deal all rows into batches, anew in every epoch.

    The batches differ in size by at most one, so that no batch is left with a single
    patient, on which batch normalisation has nothing to normalise.

    Args:
        rows: What is dealt.
        batch_size: Largest size of a batch.
        seed: Same seed and epoch, same batches.
    """

    def __init__(self, rows: list[int], *, batch_size: int, seed: int) -> None:
        self.rows = np.asarray(rows, dtype=np.int64)
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass; Lightning calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Return the number of batches."""
        return -(-len(self.rows) // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        """Yield lists of rows."""
        rng = np.random.default_rng(seed_of(self.seed, "batches", self.epoch))
        order = rng.permutation(self.rows)
        yield from (part.tolist() for part in np.array_split(order, len(self)))
