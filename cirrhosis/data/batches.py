"""Batches of rows: even in size, in an order that is a function of seed and epoch."""

from collections.abc import Iterator, Sequence

import numpy as np
from torch.utils.data import Sampler

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.randomness import seed_of


class ShuffledBatches(Sampler[list[int]]):
    """Deal all rows into batches, anew in every epoch.

    The batches differ in size by at most one, so that no batch is left with a single
    patient, on which batch normalisation has nothing to normalise.

    Args:
        rows: What is dealt.
        batch_size: Largest size of a batch, over all ranks.
        seed: Same seed and epoch, same batches.
        rank: Which part of each batch is given, the same number of batches to every rank.
        n_ranks: How many processes train together.

    Raises:
        ContractError: If a rank would have nothing to do in some batch.
    """

    def __init__(
        self, rows: Sequence[int], *, batch_size: int, seed: int, rank: int = 0, n_ranks: int = 1
    ) -> None:
        self.rows = np.asarray(rows, dtype=np.int64)
        self.batch_size = batch_size
        self.seed = seed
        self.rank = rank
        self.n_ranks = n_ranks
        self.epoch = 0
        check_ranks(len(self.rows) // max(1, len(self)), n_ranks, "batch of the training side")

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
        for batch in np.array_split(order, len(self)):
            yield batch[self.rank :: self.n_ranks].tolist()


class OrderedBatches(Sampler[list[int]]):
    """Give the rows in their order, every `n_ranks`-th to each rank and none twice.

    All ranks have the same number of batches. Where that leaves a rank too few rows for a
    batch of its own, batches hold one row more.

    Args:
        rows: What is given.
        batch_size: Largest size of a batch, over all ranks.
        rank: Of this process.
        n_ranks: How many processes share the rows.

    Raises:
        ContractError: If there are fewer rows than ranks.
    """

    def __init__(
        self, rows: Sequence[int], *, batch_size: int, rank: int = 0, n_ranks: int = 1
    ) -> None:
        check_ranks(len(rows), n_ranks, "side of a run")
        self.rows = list(rows[rank::n_ranks])
        most, fewest = -(-len(rows) // n_ranks), len(rows) // n_ranks
        self.n_batches = min(-(-most // max(1, batch_size // n_ranks)), fewest)

    def __len__(self) -> int:
        """Return the number of batches."""
        return self.n_batches

    def __iter__(self) -> Iterator[list[int]]:
        """Yield lists of rows."""
        if self.n_batches:
            parts = np.array_split(np.asarray(self.rows), self.n_batches)
            yield from (part.tolist() for part in parts)


def check_ranks(n_rows: int, n_ranks: int, what: str) -> None:
    """Refuse more ranks than rows; without rows there is nothing to share.

    Raises:
        ContractError: If a rank would be left without a row.
    """
    if 0 < n_rows < n_ranks:
        raise ContractError(
            f"expected a row for each of {n_ranks} ranks in every {what}, but there are {n_rows};"
            " use fewer devices (`trainer.devices`), or a larger `data.batch_size`"
        )
