"""Slices that are read batch by batch, for cohorts larger than any memory."""

import gc
import sys
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.store import StoreLayout
from cirrhosis.data.movement import Planes
from cirrhosis.data.selection import SliceSelection
from cirrhosis.data.slice_source import FetchedBatch, PlaneMemory
from cirrhosis.data.store_tensors import find_mask, read_alike

# Named, because inside a joblib sweep the default is joblib's own, which starts no workers
# of torch. Elsewhere than on Linux a forked process is not safe.
WORKER_START = "fork" if sys.platform == "linux" else "spawn"


class StoredRows(Dataset[FetchedBatch]):
    """Read the slices of some rows from the store.

    Each file is mapped, copied and closed again, so that no page of it counts as memory of
    the process afterwards. It holds names only and travels to workers that are forked or
    spawned.

    Args:
        selection: What the run reads.
    """

    def __init__(self, selection: SliceSelection) -> None:
        self.selection = selection

    def __getitem__(self, rows: list[int]) -> FetchedBatch:
        """Return the slices of `rows` as they are stored."""
        selection = self.selection
        layout = StoreLayout(selection.folder)
        shape = (len(rows), len(selection.sequences), *selection.shape)
        images = np.empty(shape, dtype=np.float16)
        masks = np.empty((len(rows), len(selection.mask_names), *selection.shape), np.uint8)
        for place, row in enumerate(rows):
            path = layout.slices(selection.patients[row])
            slices = read_alike(path, selection.sequences, selection.shape)
            for number, name in enumerate(selection.sequences):
                images[place, number] = slices.images[name]
            for number, name in enumerate(selection.mask_names):
                masks[place, number] = find_mask(slices, name)
        return FetchedBatch(
            torch.tensor(rows, dtype=torch.int64),
            torch.from_numpy(images),
            None if selection.mask == "none" else torch.from_numpy(masks).flatten(1, 2),
        )


class StreamedSlices:
    """Slices of all patients of a run, on disk.

    Memory is bounded by (workers x prefetch + 2) batches, however many patients there are.

    Args:
        selection: What the run reads.
        n_workers: Processes that read; 0 reads in the process that trains.
        prefetch: Batches that each worker reads ahead.
        pin_memory: Whether batches go on to a CUDA device.

    Raises:
        ContractError: If the workers or what they read ahead cannot be.
    """

    def __init__(
        self, selection: SliceSelection, *, n_workers: int, prefetch: int, pin_memory: bool
    ) -> None:
        if n_workers < 0 or prefetch < 1:
            raise ContractError(
                "expected data.stream.workers of at least 0 and data.stream.prefetch of at least"
                f" 1, but got {n_workers} and {prefetch}"
            )
        self.dataset = StoredRows(selection)
        self.n_workers = n_workers
        self.prefetch = prefetch
        self.pin_memory = pin_memory
        self._memory = PlaneMemory(selection)

    @property
    def loading(self) -> dict[str, Any]:
        """Workers that live as long as the loader; torch gives each one thread."""
        if self.n_workers == 0:
            return {"num_workers": 0, "pin_memory": self.pin_memory}
        return {
            "num_workers": self.n_workers,
            "multiprocessing_context": WORKER_START,
            "prefetch_factor": self.prefetch,
            "persistent_workers": True,
            "worker_init_fn": _share_memory,
            "pin_memory": self.pin_memory,
        }

    def gather(self, batch: FetchedBatch, device: torch.device) -> Planes:
        """Return images and masks of a batch on `device`, float32."""
        planes = self._memory.take(len(batch.patient), device)
        for read, written in ((batch.images, planes.images), (batch.masks, planes.masks)):
            if read is not None and written is not None:
                written.copy_(read.to(device, non_blocking=True))
        return planes


def _share_memory(worker: int) -> None:
    """Go on sharing the memory of the process that forked this worker."""
    del worker
    # Collecting writes into every object that it looks at, and a page written to is copied.
    gc.freeze()
