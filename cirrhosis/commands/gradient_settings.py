"""How gradients are gathered and bounded."""

from collections.abc import Mapping
from typing import Any

from cirrhosis.contracts.errors import ContractError


def check_gradients(trainer: Mapping[str, Any], optimizer: Mapping[str, Any]) -> None:
    """Refuse settings of gradients that cannot be.

    Args:
        trainer: The part `trainer` of the configuration.
        optimizer: The part `optimizer`.

    Raises:
        ContractError: If a number is out of its range, or a fused optimizer is asked to scale
            gradients back after they have been clipped.
    """
    n_batches, norm = trainer["accumulate_grad_batches"], trainer["gradient_clip_val"]
    if type(n_batches) is not int or n_batches < 1:
        raise ContractError(
            "expected trainer.accumulate_grad_batches as a whole number of at least 1, but got"
            f" '{n_batches}'"
        )
    if norm is None:
        return
    if type(norm) not in (int, float) or not norm > 0:
        raise ContractError(
            f"expected trainer.gradient_clip_val as a number above 0 or null, but got '{norm}'"
        )
    if trainer["precision"] == "16-mixed" and optimizer.get("fused"):
        raise ContractError(
            "expected optimizer.fused=false for trainer.gradient_clip_val with"
            " trainer.precision=16-mixed, but it is true: a fused optimizer scales gradients"
            " back itself, after they would have been clipped; bf16-mixed has no scale"
        )
