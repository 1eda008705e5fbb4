"""Serves a registrar: the pairs of one run, whole in memory."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader, Dataset, Sampler

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.pair_batch import PairBatch, PairTensors
from cirrhosis.contracts.randomness import seed_of


class PairBatches(Sampler[list[int]]):
    """Deal a stated number of batches per epoch; whoever was dealt comes last in the next deal.

    Args:
        n_pairs: Pairs there are.
        batch_size: Pairs per batch; more than there are come again.
        n_batches: Batches per epoch.
        seed: Same seed and epoch, same batches.
    """

    def __init__(self, n_pairs: int, *, batch_size: int, n_batches: int, seed: int) -> None:
        self.n_pairs = n_pairs
        self.batch_size = batch_size
        self.n_batches = n_batches
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Choose the order of the next pass; Lightning calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        """Return the number of batches."""
        return self.n_batches

    def __iter__(self) -> Iterator[list[int]]:
        """Yield lists of places."""
        rng = np.random.default_rng(seed_of(self.seed, "pairs", self.epoch))
        n_rounds = -(-self.n_batches * self.batch_size // self.n_pairs)
        order = np.concatenate([rng.permutation(self.n_pairs) for _ in range(n_rounds)])
        for k in range(self.n_batches):
            yield order[k * self.batch_size : (k + 1) * self.batch_size].tolist()


class ResidentPairs(Dataset[PairBatch]):
    """Pairs on one grid, held as half floats; asked for by lists of places.

    Args:
        pairs: All of the same shape.

    Raises:
        ContractError: If there is none, or their shapes differ.
    """

    def __init__(self, pairs: Sequence[PairTensors]) -> None:
        shapes = {tuple(pair.fixed.shape) for pair in pairs}
        if len(shapes) != 1:
            raise ContractError(
                f"expected pairs of one shape to learn from, but got {len(pairs)} of"
                f" {sorted(shapes)}; check that training patients have masks and both sequences"
            )
        self.fixed = torch.stack([pair.fixed.half() for pair in pairs])
        self.moving = torch.stack([pair.moving.half() for pair in pairs])
        self.region = torch.stack([pair.region for pair in pairs])

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.region)

    def __getitem__(self, rows: list[int]) -> PairBatch:
        """Return the pairs at `rows` as one batch in float32."""
        return PairBatch(
            fixed=self.fixed[rows].float()[:, None],
            moving=self.moving[rows].float()[:, None],
            region=self.region[rows][:, None],
        )


class PairDataModule(LightningDataModule):
    """Feed a registrar with batches that depend on seed and epoch alone.

    Args:
        pairs: What it learns from.
        batch_size: Pairs per batch.
        n_batches: Batches per epoch.
        seed: Of their order.
    """

    def __init__(
        self, pairs: Sequence[PairTensors], *, batch_size: int, n_batches: int, seed: int
    ) -> None:
        super().__init__()
        self.pairs = ResidentPairs(pairs)
        self.batch_size = batch_size
        self.n_batches = n_batches
        self.seed = seed

    def train_dataloader(self) -> DataLoader[PairBatch]:
        """Return the batches of the next epoch."""
        batches = PairBatches(
            len(self.pairs), batch_size=self.batch_size, n_batches=self.n_batches, seed=self.seed
        )
        if self.trainer is not None:
            batches.set_epoch(self.trainer.current_epoch)
        return DataLoader(self.pairs, sampler=batches, batch_size=None)
