"""The batch: what a network is fed; shapes live in one place."""

from typing import TypedDict

from torch import Tensor

from cirrhosis.contracts.errors import ContractError


class Batch(TypedDict):
    """Patients read together.

    Attributes:
        patient: Row of each patient in the data module's table, int64, shape (N,).
        image: Intensities in [0, 1] and masks 0 or 1, float32, shape (N, C, H, W); the
            channels are sequence by sequence, slice by slice, then the mask's slices.
        target: Class of each patient, float32, shape (N,); 1 is cirrhosis.
    """

    patient: Tensor
    image: Tensor
    target: Tensor


class LiverBatch(TypedDict):
    """Windows of volumes, shown to the liver segmenter together.

    Attributes:
        image: float32 with mean 0 and deviation 1 over each volume, shape (N, C, H, W) with
            neighbouring slices as channels, or (N, 1, D, H, W).
        liver: 0 or 1, float32, shape (N, 1, H, W) or (N, 1, D, H, W).
    """

    image: Tensor
    liver: Tensor


def check_batch(batch: Batch, n_channels: int) -> Batch:
    """Return `batch` if its shapes agree with the contract.

    Raises:
        ContractError: If a shape or a count differs.
    """
    image, target = batch["image"], batch["target"]
    if image.ndim != 4 or image.shape[1] != n_channels or target.shape != image.shape[:1]:
        raise ContractError(
            f"expected images of shape (N, {n_channels}, H, W) and targets of shape (N,), but"
            f" got {tuple(image.shape)} and {tuple(target.shape)}"
        )
    return batch
