"""Where the slices of a batch come from."""

from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor
from torch.utils.data import Dataset

from cirrhosis.data.movement import Planes
from cirrhosis.data.recycled import RecycledMemory
from cirrhosis.data.selection import SliceSelection


class FetchedBatch(NamedTuple):
    """What a loader hands over.

    Attributes:
        patient: Rows of the patients, int64, shape (N,).
        images: float16, shape (N, sequences, slices, height, width); None where the tensors
            are resident and the rows are enough.
        masks: uint8, shape (N, masks x slices, height, width); None likewise, or if unused.
    """

    patient: Tensor
    images: Tensor | None = None
    masks: Tensor | None = None


class SliceSource(Protocol):
    """Slices of all patients of a run: in memory, or read batch by batch."""

    @property
    def dataset(self) -> Dataset[FetchedBatch]:
        """Indexed by a list of rows."""
        ...

    @property
    def loading(self) -> dict[str, Any]:
        """Arguments of `DataLoader` beside data set and sampler."""
        ...

    def gather(self, batch: FetchedBatch, device: torch.device) -> Planes:
        """Return images and masks of a batch on `device`, float32."""
        ...


class PlaneMemory:
    """Hand out the memory of a batch, arranged so that channels need no further copy.

    Args:
        selection: What the run reads.
    """

    def __init__(self, selection: SliceSelection) -> None:
        self.selection = selection
        self._recycled = RecycledMemory()

    def take(self, n_patients: int, device: torch.device) -> Planes:
        """Return planes whose values are undefined: float32, images (N, Q, S, H, W)."""
        shape, mask = self.selection.shape, self.selection.mask
        n_masks = len(self.selection.mask_names)
        n_sequences = len(self.selection.sequences)
        whole = self._take((n_patients, self.selection.n_planes, *shape), device)
        if mask == "none":
            return Planes(whole, None)
        if mask == "channel":
            return Planes(whole[:, :n_sequences], whole[:, n_sequences:].flatten(1, 2))
        masks = self._take((n_patients, n_masks, *shape), device)
        return Planes(whole, masks.flatten(1, 2))

    def _take(self, shape: tuple[int, ...], device: torch.device) -> Tensor:
        if device.type == "cpu":
            return self._recycled.take(shape)
        return torch.empty(shape, device=device)
