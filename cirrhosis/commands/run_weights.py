"""The weights with which a run predicts: all that is kept of its training."""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from cirrhosis.contracts.errors import ContractError
from cirrhosis.tracking.whole_checkpoint import write_checkpoint


@dataclass(frozen=True)
class RunWeights:
    """The end of a training.

    Attributes:
        state_dict: Of the classifier.
        n_epochs: Epochs that were trained.
        epoch: Whose weights these are.
        best: Best value of the stopping side; None where no epoch was chosen.
    """

    state_dict: dict[str, Tensor]
    n_epochs: int
    epoch: int
    best: float | None

    def write(self, path: Path) -> None:
        """Write the weights, whole or not at all."""
        write_checkpoint(asdict(self), path)


def find_weights(checkpoints: Path) -> RunWeights | None:
    """Return the weights of a run whose training has ended; None if it has not."""
    for name in ("best.ckpt", "final.ckpt"):
        if (checkpoints / name).exists():
            return read_weights(checkpoints / name)
    return None


def read_weights(path: Path) -> RunWeights:
    """Read the weights of one run.

    Raises:
        ContractError: If there are none, or the file holds something else.
    """
    if not path.exists():
        raise ContractError(
            f"expected the weights of a run at {path}, but there are none: it has not finished,"
            " or was trained with callbacks.keep_weights=false; train it again with"
            " callbacks.keep_weights=true on_existing=force"
        )
    try:
        return RunWeights(**torch.load(path, weights_only=True))
    except TypeError as error:
        raise ContractError(
            f"expected the weights of a run in {path}, but it holds something else ({error});"
            " remove it and train the run again"
        ) from error
