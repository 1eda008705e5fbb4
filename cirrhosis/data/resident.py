"""Slices that stay in memory, of the host or of the device that trains."""

from typing import Any

import torch
from torch import Tensor
from torch.utils.data import Dataset

from cirrhosis.data.movement import Planes
from cirrhosis.data.selection import SliceSelection
from cirrhosis.data.slice_source import FetchedBatch, PlaneMemory


class RowNumbers(Dataset[FetchedBatch]):
    """Hand rows on; slices are gathered where they lie."""

    def __getitem__(self, rows: list[int]) -> FetchedBatch:
        """Return the rows as a tensor."""
        return FetchedBatch(torch.tensor(rows, dtype=torch.int64))


class ResidentSlices:
    """Slices of all patients of a run, in tensors that other runs share.

    Args:
        selection: What the run reads.
        tensors: One per name of the selection, shape (patients, slices, height, width).
        places: Per tensor, where each patient of the selection stands in it.
    """

    def __init__(
        self, selection: SliceSelection, tensors: list[Tensor], places: list[Tensor]
    ) -> None:
        self.tensors = tensors
        self.places = places
        # Most often all tensors hold the same patients; their rows are looked up once then.
        self._distinct = {id(one): one for one in places}
        self.dataset = RowNumbers()
        self._memory = PlaneMemory(selection)

    @property
    def loading(self) -> dict[str, Any]:
        """Without workers: there is nothing to wait for."""
        return {"num_workers": 0}

    def gather(self, batch: FetchedBatch, device: torch.device) -> Planes:
        """Return images and masks of a batch on `device`, float32."""
        planes = self._memory.take(len(batch.patient), device)
        here = self.tensors[0].device
        rows = {key: _bring(places[batch.patient], here) for key, places in self._distinct.items()}
        targets = _list_targets(planes)
        for tensor, places, target in zip(self.tensors, self.places, targets, strict=True):
            _gather(tensor, rows[id(places)], target)
        return planes


def _bring(rows: Tensor, device: torch.device) -> Tensor:
    return rows if device.type == "cpu" else rows.to(device, non_blocking=True)


def _gather(tensor: Tensor, rows: Tensor, target: Tensor) -> None:
    if tensor.device.type == target.device.type == "cpu":
        _copy_rows(tensor, rows.tolist(), target)
    elif tensor.device.type == "cpu":
        target.copy_(_gather_pinned(tensor, rows, target.device), non_blocking=True)
    else:
        target.copy_(tensor.index_select(0, rows))


def _list_targets(planes: Planes) -> list[Tensor]:
    n_slices = planes.images.shape[2]
    masks = () if planes.masks is None else planes.masks.unflatten(1, (-1, n_slices)).unbind(1)
    return [*planes.images.unbind(1), *masks]


def _copy_rows(tensor: Tensor, places: list[int], target: Tensor) -> None:
    """Gather and convert in one pass."""
    for read, written in zip(places, target, strict=True):
        written.copy_(tensor[read])


def _gather_pinned(tensor: Tensor, places: Tensor, device: torch.device) -> Tensor:
    """Gather on the host and send on as stored, which is half of float32's bytes."""
    shape = (len(places), *tensor.shape[1:])
    # Torch hands pinned memory out again only when the copy that reads it has ended.
    staging = torch.empty(shape, dtype=tensor.dtype, pin_memory=device.type == "cuda")
    torch.index_select(tensor, 0, places, out=staging)
    return staging.to(device, non_blocking=True)
