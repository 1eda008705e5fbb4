"""The slices of a cohort as tensors that stay in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.sequences import check_available
from cirrhosis.contracts.store import Manifest, StoreLayout, read_slices


@dataclass(frozen=True)
class ResidentSlices:
    """Slices of all patients of a run.

    Attributes:
        patients: Identifiers; their place is the row in the tensors.
        sequences: Names along the second axis of `images`.
        images: float16 in [0, 1], shape (patients, sequences, slices, height, width).
        masks: uint8 0 or 1, shape (patients, slices, height, width).
    """

    patients: tuple[str, ...]
    sequences: tuple[str, ...]
    images: Tensor
    masks: Tensor

    def rows(self, patients: Sequence[str]) -> list[int]:
        """Return the rows of `patients`."""
        place = {name: row for row, name in enumerate(self.patients)}
        return [place[name] for name in patients]


def join_channels(images: Tensor, masks: Tensor | None, *, mask: str) -> Tensor:
    """Return the channels of some patients: float32, shape (N, C, height, width).

    Args:
        images: Shape (N, sequences, slices, height, width).
        masks: 0 or 1, shape (N, slices, height, width); None with `none`.
        mask: `channel` appends the mask's slices, `multiply` clears what is not liver,
            `none` leaves the mask out.
    """
    images = images.float()
    if masks is None or mask == "none":
        return images.flatten(1, 2)
    if mask == "multiply":
        return (images * masks.float().unsqueeze(1)).flatten(1, 2)
    return torch.cat([images.flatten(1, 2), masks.float()], dim=1)


def count_channels(n_sequences: int, n_slices: int, *, mask: str) -> int:
    """Return the number of channels that `join_channels` makes."""
    return n_slices * (n_sequences + (mask == "channel"))


def load_slices(
    folder: Path, manifest: Manifest, patients: Sequence[str], sequences: Sequence[str]
) -> ResidentSlices:
    """Read the slices of `patients` from a store.

    Raises:
        ContractError: If a patient or a sequence was not prepared, or a file is damaged.
    """
    check_available(sequences, manifest.sequences, f"the store '{manifest.name}'")
    absent = sorted(set(patients) - set(manifest.patients))
    if absent:
        raise ContractError(
            f"expected every patient of the split in the store '{manifest.name}', but"
            f" {len(absent)} are not prepared: {first(absent)}. See its failures.csv; then"
            " mend them, or set `data.on_unprepared=skip` to go on without them."
        )
    layout = StoreLayout(folder)
    loaded = [read_slices(layout.slices(name), sequences) for name in patients]
    images = [
        torch.stack([torch.from_numpy(slices.images[name]) for name in sequences])
        for slices in loaded
    ]
    return ResidentSlices(
        patients=tuple(patients),
        sequences=tuple(sequences),
        images=torch.stack(images),
        masks=torch.stack([torch.from_numpy(slices.mask) for slices in loaded]),
    )
