"""Learning rates that follow the epochs alone."""

import math

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from cirrhosis.contracts.errors import ContractError


def cosine(
    optimizer: Optimizer, *, n_epochs: int, warmup_epochs: int, final_share: float
) -> LambdaLR:
    """Return a rate that rises by equal steps, then falls along half a cosine.

    After Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts",
    ICLR 2017, equation 5, without restarts.

    Args:
        optimizer: Whose rate it is.
        n_epochs: Epochs of the run.
        warmup_epochs: Epochs in which it rises; 0 begins at the full rate.
        final_share: Of the full rate, in the last epoch.

    Raises:
        ContractError: If the rise takes all epochs, or the share is none.
    """
    if not 0 <= warmup_epochs < n_epochs or not 0 <= final_share <= 1:
        raise ContractError(
            f"expected scheduler.warmup_epochs from 0 to below the run's {n_epochs} epochs and"
            f" scheduler.final_share from 0 to 1, but got {warmup_epochs} and {final_share}"
        )
    n_falling = max(1, n_epochs - 1 - warmup_epochs)

    def share(epoch: int) -> float:
        if epoch < warmup_epochs:
            return (epoch + 1) / (warmup_epochs + 1)
        progress = min(1.0, (epoch - warmup_epochs) / n_falling)
        return final_share + (1 - final_share) * (1 + math.cos(math.pi * progress)) / 2

    return LambdaLR(optimizer, share)
