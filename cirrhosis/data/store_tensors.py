"""The tensors of a store: loaded once per process and shared by all its runs."""

import gc
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from math import prod
from pathlib import Path

import torch
from torch import Tensor

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.progress import Progress, silent
from cirrhosis.contracts.store import Manifest, Slices, StoreLayout, read_slices
from cirrhosis.data.selection import MASK

BYTES = {MASK: 1}
HALF = 2
# Less than this is read in a second or two; a line about it would be noise.
SHOWN_FROM_PATIENTS = 2000
SHOWN_FROM_BYTES = 2**30
# Reading waits for a disk or a network more than it computes.
N_READERS = 4


class StoreTensors:
    """One tensor per sequence and one of masks, each loaded when a run first asks for it.

    A tensor holds all prepared patients, so that the runs of a sweep, whatever their fold
    and combination of sequences, read the same memory. Sequences are float16 in [0, 1] and
    masks uint8 0 or 1, shape (patients, slices, height, width).

    Args:
        folder: Of the store.
        patients: Everyone it holds.
    """

    def __init__(self, folder: Path, patients: tuple[str, ...]) -> None:
        self.patients = patients
        self._layout = StoreLayout(folder)
        self._tensors: dict[tuple[torch.device, str], Tensor] = {}

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """Slices, height and width."""
        n_slices, height, width = read_slices(self._layout.slices(self.patients[0])).mask.shape
        return n_slices, height, width

    def places(self, patients: Sequence[str]) -> Tensor:
        """Return where `patients` stand in the tensors."""
        place = {name: row for row, name in enumerate(self.patients)}
        return torch.tensor([place[name] for name in patients], dtype=torch.int64)

    def missing(self, names: Sequence[str], device: torch.device) -> tuple[str, ...]:
        """Return which of `names` are not on `device` yet."""
        return tuple(name for name in names if (device, name) not in self._tensors)

    def n_bytes(self, names: Sequence[str]) -> int:
        """Return the memory that the tensors of `names` take."""
        n_numbers = len(self.patients) * prod(self.shape)
        return n_numbers * sum(BYTES.get(name, HALF) for name in names)

    def load(
        self, names: Sequence[str], device: torch.device, *, progress: Progress
    ) -> list[Tensor]:
        """Return the tensors of `names` on `device`; read from files only what is missing.

        Args:
            names: Sequences, then perhaps `mask`.
            device: Where they are to lie.
            progress: Shows how many patients have been read, if they are many.

        Raises:
            ContractError: If a file is absent or damaged, or its shape differs.
        """
        missing = self.missing(names, device)
        if missing:
            self._tensors |= self._read(missing, names[0], device, progress)
        return [self._tensors[device, name] for name in names]

    def _read(
        self, names: tuple[str, ...], sequence: str, device: torch.device, progress: Progress
    ) -> dict[tuple[torch.device, str], Tensor]:
        shape = (len(self.patients), *self.shape)
        types = {name: torch.uint8 if name == MASK else torch.float16 for name in names}
        tensors = {name: torch.empty(shape, dtype=types[name], device=device) for name in names}
        # A file is read with at least one sequence, also where its mask alone is wanted.
        sequences = [name for name in names if name != MASK] or [sequence]

        def read(row: int) -> None:
            slices = read_alike(self._layout.slices(self.patients[row]), sequences, self.shape)
            arrays = {**slices.images, MASK: slices.mask}
            for name, tensor in tensors.items():
                tensor[row].copy_(torch.from_numpy(arrays[name]))

        rows = range(len(self.patients))
        is_long = len(rows) >= SHOWN_FROM_PATIENTS or self.n_bytes(names) >= SHOWN_FROM_BYTES
        shown = progress if is_long else silent
        with ThreadPoolExecutor(N_READERS) as pool:
            for _ in shown(pool.map(read, rows), total=len(rows), label="slices"):
                pass
        return {(device, name): tensor for name, tensor in tensors.items()}


def read_alike(path: Path, sequences: Sequence[str], shape: tuple[int, int, int]) -> Slices:
    """Return a patient's slices if they have the shape of the others'.

    Raises:
        ContractError: If they have not, or the file is absent or damaged.
    """
    slices = read_slices(path, sequences)
    if slices.mask.shape != shape:
        raise ContractError(
            f"{path}: expected slices of shape {shape}, as of the first patient of the store,"
            f" but found {slices.mask.shape}; prepare the store again"
        )
    return slices


def open_tensors(folder: Path, manifest: Manifest) -> StoreTensors:
    """Return the tensors of a store, the same object as long as the store is the same."""
    return _open(folder.resolve(), manifest.data_hash, tuple(sorted(manifest.patients)))


# One store at a time: the tensors of the one before go when another is opened.
@lru_cache(maxsize=1)
def _open(folder: Path, data_hash: str, patients: tuple[str, ...]) -> StoreTensors:
    del data_hash
    # Finished runs are rings of references; until they are collected they hold their store.
    gc.collect()
    return StoreTensors(folder, patients)
