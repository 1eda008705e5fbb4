"""The tensors of a store: loaded once per process and shared by all its runs."""

import gc
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from math import prod
from pathlib import Path

import torch
from torch import Tensor

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.progress import Progress, silent
from cirrhosis.contracts.store import Manifest, Slices, StoreLayout, read_slices
from cirrhosis.contracts.volume import Array
from cirrhosis.data.selection import MASK, is_mask

BYTE, HALF = 1, 2
# Less than this is read in a second or two; a line about it would be noise.
SHOWN_FROM_PATIENTS = 2000
SHOWN_FROM_BYTES = 2**30
# Reading waits for a disk or a network more than it computes.
N_READERS = 4


class StoreTensors:
    """One tensor per sequence and one of masks, each loaded when a run first asks for it.

    A tensor holds all prepared patients who have the sequence, so that the runs of a sweep,
    whatever their fold and combination of sequences, read the same memory. Sequences are
    float16 in [0, 1] and masks uint8 0 or 1, shape (patients, slices, height, width).

    Args:
        folder: Of the store.
        patients: Everyone it holds.
        absent: What a patient lacks, for those who lack a sequence.
    """

    def __init__(
        self, folder: Path, patients: tuple[str, ...], absent: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.patients = patients
        self.absent = absent
        self._layout = StoreLayout(folder)
        self._tensors: dict[tuple[torch.device, str], Tensor] = {}

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """Slices, height and width."""
        n_slices, height, width = read_slices(self._layout.slices(self.patients[0])).mask.shape
        return n_slices, height, width

    def members(self, name: str) -> tuple[str, ...]:
        """Return who stands in the tensor of a sequence, or in that of the masks."""
        if not self.absent:
            return self.patients
        # A mask of its own goes with its sequence.
        sequence = name.removeprefix(f"{MASK}_")
        return tuple(
            patient for patient in self.patients if sequence not in self.absent.get(patient, ())
        )

    def places(self, patients: Sequence[str], names: Sequence[str]) -> list[Tensor]:
        """Return where `patients` stand in the tensor of each of `names`.

        The same tensor for names that the same patients have.

        Raises:
            ContractError: If one of them lacks one of `names`.
        """
        known: dict[tuple[str, ...], Tensor] = {}
        for name in names:
            members = self.members(name)
            if members not in known:
                known[members] = _find_places(patients, members, name)
        return [known[self.members(name)] for name in names]

    def missing(self, names: Sequence[str], device: torch.device) -> tuple[str, ...]:
        """Return which of `names` are not on `device` yet."""
        return tuple(name for name in names if (device, name) not in self._tensors)

    def n_bytes(self, names: Sequence[str]) -> int:
        """Return the memory that the tensors of `names` take."""
        per_patient = prod(self.shape)
        return sum(
            len(self.members(name)) * per_patient * (BYTE if is_mask(name) else HALF)
            for name in names
        )

    def load(
        self, names: Sequence[str], device: torch.device, *, progress: Progress
    ) -> list[Tensor]:
        """Return the tensors of `names` on `device`; read from files only what is missing.

        Args:
            names: Sequences, then perhaps masks.
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
        tensors = {name: self._allocate(name, device) for name in names}
        rows = {name: _number(self.members(name)) for name in names}

        def read(patient: str) -> None:
            wanted = [name for name in names if patient in rows[name]]
            arrays = self._read_patient(patient, wanted, sequence) if wanted else {}
            for name in wanted:
                tensors[name][rows[name][patient]].copy_(torch.from_numpy(arrays[name]))

        n_patients = len(self.patients)
        is_long = n_patients >= SHOWN_FROM_PATIENTS or self.n_bytes(names) >= SHOWN_FROM_BYTES
        shown = progress if is_long else silent
        with ThreadPoolExecutor(N_READERS) as pool:
            for _ in shown(pool.map(read, self.patients), total=n_patients, label="slices"):
                pass
        return {(device, name): tensor for name, tensor in tensors.items()}

    def _read_patient(self, patient: str, names: list[str], sequence: str) -> dict[str, Array]:
        # A file is read with at least one sequence, also where its mask alone is wanted.
        asked = (name.removeprefix(f"{MASK}_") for name in names if name != MASK)
        sequences = list(dict.fromkeys(asked)) or [sequence]
        has_them = not set(sequences) & set(self.absent.get(patient, ()))
        path = self._layout.slices(patient)
        slices = read_alike(path, sequences if has_them else None, self.shape)
        masks = {name: find_mask(slices, name) for name in names if is_mask(name)}
        return {**slices.images, **masks}

    def _allocate(self, name: str, device: torch.device) -> Tensor:
        shape = (len(self.members(name)), *self.shape)
        dtype = torch.uint8 if is_mask(name) else torch.float16
        return torch.empty(shape, dtype=dtype, device=device)


def _number(names: Sequence[str]) -> dict[str, int]:
    return {name: row for row, name in enumerate(names)}


def _find_places(patients: Sequence[str], members: Sequence[str], name: str) -> Tensor:
    place = _number(members)
    lacking = [patient for patient in patients if patient not in place]
    if lacking:
        raise ContractError(
            f"expected '{name}' of every patient of the run, but {len(lacking)} lack it:"
            f" {first(lacking)}; leave them out, as `train` does by data.incomplete"
        )
    return torch.tensor([place[patient] for patient in patients], dtype=torch.int64)


def find_mask(slices: Slices, name: str) -> Array:
    """Return the mask that a store calls `name`: the one of all sequences, or one's own.

    Raises:
        ContractError: If the sequence has none.
    """
    if name == MASK:
        return slices.mask
    sequence = name.removeprefix(f"{MASK}_")
    if sequence not in slices.sequence_masks:
        raise ContractError(
            f"expected a mask of '{sequence}' beside its slices, but the store has none of a"
            " patient; prepare it again with preparation.liver.per_sequence=true"
        )
    return slices.sequence_masks[sequence]


def read_alike(path: Path, sequences: Sequence[str] | None, shape: tuple[int, int, int]) -> Slices:
    """Return a patient's slices, of all sequences or those named, if shaped as the others'.

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
    absent = tuple(sorted((name, tuple(lacks)) for name, lacks in manifest.absent.items()))
    return _open(folder.resolve(), manifest.data_hash, tuple(sorted(manifest.patients)), absent)


# One store at a time: the tensors of the one before go when another is opened.
@lru_cache(maxsize=1)
def _open(
    folder: Path,
    data_hash: str,
    patients: tuple[str, ...],
    absent: tuple[tuple[str, tuple[str, ...]], ...],
) -> StoreTensors:
    del data_hash
    # Finished runs are rings of references; until they are collected they hold their store.
    gc.collect()
    return StoreTensors(folder, patients, dict(absent))
