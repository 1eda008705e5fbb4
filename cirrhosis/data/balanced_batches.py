"""Batches with as many patients of one class as of the other."""

from collections.abc import Iterator, Sequence

import numpy as np
from torch.utils.data import Sampler

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.randomness import seed_of
from cirrhosis.contracts.volume import Array
from cirrhosis.data.batches import check_ranks


class BalancedBatches(Sampler[list[int]]):
    """Deal batches whose classes differ by one patient at most.

    An epoch has as many batches and places as under `ShuffledBatches`, half of the places
    for either class. Each class comes from an endless row of shuffled passes over its
    patients, of which every epoch takes the next stretch: of the larger class, whom one epoch
    leaves out the next one takes, and nobody comes a third time before all came twice. The
    rarer class is repeated in turn. Nobody is twice in a batch, unless a class has fewer
    patients than its half of a batch.

    Args:
        rows: What is dealt.
        targets: Class of each, 0 or 1.
        batch_size: Largest size of a batch, over all ranks.
        seed: Same seed and epoch, same batches.
        rank: Which part of each batch is given; a share of both classes.
        n_ranks: How many processes train together.

    Raises:
        ContractError: If a class is empty, or a rank would have nothing to do in some batch.
    """

    def __init__(
        self,
        rows: Sequence[int],
        targets: Sequence[int],
        *,
        batch_size: int,
        seed: int,
        rank: int = 0,
        n_ranks: int = 1,
    ) -> None:
        given = np.asarray(rows, dtype=np.int64)
        is_positive = np.asarray(targets) == 1
        self.classes = (given[~is_positive], given[is_positive])
        self.n_rows = len(given)
        self.batch_size = batch_size
        self.seed = seed
        self.rank = rank
        self.n_ranks = n_ranks
        self.epoch = 0
        if not all(len(members) for members in self.classes):
            raise ContractError(
                "expected both classes on the training side for data.sampling=balanced, but of"
                f" {self.n_rows} patients {is_positive.sum()} are positive; use shuffled"
            )
        check_ranks(self.n_rows // len(self), n_ranks, "batch of the training side")

    def set_epoch(self, epoch: int) -> None:
        """Choose the stretch of the next pass; Lightning calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Return the number of batches."""
        return -(-self.n_rows // self.batch_size)

    def __iter__(self) -> Iterator[list[int]]:
        """Yield lists of rows."""
        rng = np.random.default_rng(seed_of(self.seed, "batches", self.epoch))
        batches: list[list[int]] = [[] for _ in range(len(self))]
        # Cards dealt round: equal ones lie together in the pack and reach different batches.
        dealt = 0
        for number in (0, 1):
            stretch = self._stretch(number)
            for row in _order_by_patient(stretch, rng):
                batches[dealt % len(batches)].append(int(row))
                dealt += 1
        for place in rng.permutation(len(batches)):
            # One class after the other, so that every rank gets a share of both.
            yield batches[place][self.rank :: self.n_ranks]

    def _stretch(self, number: int) -> Array:
        """Return the rows of a class for this epoch."""
        members = self.classes[number]
        # Of an odd number of places each class has the one more in every other epoch.
        bounds = [(self.n_rows * epoch + number) // 2 for epoch in (self.epoch, self.epoch + 1)]
        positions = np.arange(*bounds)
        passes = {
            turn: self._shuffle_pass(number, turn)
            for turn in np.unique(positions // len(members)).tolist()
        }
        return np.array(
            [passes[place // len(members)][place % len(members)] for place in positions.tolist()],
            dtype=np.int64,
        )

    def _shuffle_pass(self, number: int, turn: int) -> Array:
        rng = np.random.default_rng(seed_of(self.seed, "pass", number, turn))
        return rng.permutation(self.classes[number])


def _order_by_patient(rows: Array, rng: np.random.Generator) -> Array:
    """Return `rows` in a drawn order in which equal ones stand together."""
    different = rng.permutation(np.unique(rows))
    rank_of = {int(row): rank for rank, row in enumerate(different)}
    return np.array(sorted(rows.tolist(), key=rank_of.__getitem__), dtype=np.int64)
