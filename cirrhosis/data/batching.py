"""How patients are put together into training batches."""

from dataclasses import dataclass

from torch import Tensor

from cirrhosis.contracts.errors import ContractError
from cirrhosis.data.balanced_batches import BalancedBatches
from cirrhosis.data.batches import ShuffledBatches

SAMPLINGS = ("shuffled", "balanced")


@dataclass(frozen=True)
class Batching:
    """Settings of batches.

    Attributes:
        batch_size: Patients per batch, over all ranks.
        sampling: Training batches `shuffled`, or `balanced` in their classes.
        seed: Of order and augmentation.

    Raises:
        ContractError: If a batch is empty or the sampling is unknown.
    """

    batch_size: int
    sampling: str
    seed: int

    def __post_init__(self) -> None:
        """Refuse what cannot be done."""
        if self.batch_size < 1:
            raise ContractError(
                f"expected data.batch_size of at least 1, but got {self.batch_size}"
            )
        if self.sampling not in SAMPLINGS:
            raise ContractError(
                f"expected data.sampling as one of {', '.join(SAMPLINGS)}, but got"
                f" '{self.sampling}'"
            )

    def deal(
        self, rows: list[int], targets: Tensor, *, rank: int, n_ranks: int
    ) -> ShuffledBatches | BalancedBatches:
        """Return the training batches of a rank.

        Args:
            rows: The training side.
            targets: Class of every row of the run.
            rank: Of this process.
            n_ranks: How many train together.
        """
        if self.sampling == "shuffled":
            return ShuffledBatches(
                rows, batch_size=self.batch_size, seed=self.seed, rank=rank, n_ranks=n_ranks
            )
        return BalancedBatches(
            rows,
            targets[rows].long().tolist(),
            batch_size=self.batch_size,
            seed=self.seed,
            rank=rank,
            n_ranks=n_ranks,
        )
