"""What a run reads of a store: whose slices, which sequences, with or without the mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.sequences import check_available
from cirrhosis.contracts.store import Manifest

MASK = "mask"
MASK_USES = ("channel", "multiply", "none")


@dataclass(frozen=True)
class SliceSelection:
    """Slices of all patients of a run, wherever they lie.

    Attributes:
        folder: Of the store.
        patients: Identifiers; their place is the row by which batches name them.
        sequences: In the order of the channels.
        mask: `channel` appends the mask's slices, `multiply` clears what is not liver,
            `none` leaves the mask out.
        shape: Slices, height and width of every image and mask.
    """

    folder: Path
    patients: tuple[str, ...]
    sequences: tuple[str, ...]
    mask: str
    shape: tuple[int, int, int]

    @property
    def names(self) -> tuple[str, ...]:
        """What is read of each patient."""
        return self.sequences if self.mask == "none" else (*self.sequences, MASK)

    @property
    def n_planes(self) -> int:
        """Images per slice that a network sees: one per sequence, and the mask as `channel`."""
        return len(self.sequences) + (self.mask == "channel")

    @property
    def n_channels(self) -> int:
        """Channels of a batch."""
        return self.n_planes * self.shape[0]

    def rows(self, patients: Sequence[str]) -> list[int]:
        """Return the rows of `patients`."""
        place = {name: row for row, name in enumerate(self.patients)}
        return [place[name] for name in patients]


def check_selection(selection: SliceSelection, manifest: Manifest) -> SliceSelection:
    """Return `selection` if the store has all of it.

    Raises:
        ContractError: If a patient or a sequence was not prepared, a patient lacks a sequence,
            or the use of the mask is unknown.
    """
    wanted = selection.sequences
    check_available(wanted, manifest.sequences, f"the store '{manifest.name}'")
    absent = sorted(set(selection.patients) - set(manifest.patients))
    if absent:
        raise ContractError(
            f"expected every patient of the split in the store '{manifest.name}', but"
            f" {len(absent)} are not prepared: {first(absent)}. See its failures.csv; then"
            " mend them, or set `data.on_unprepared=skip` to go on without them."
        )
    lacking = [name for name in selection.patients if manifest.find_lacking(name, wanted)]
    if lacking:
        raise ContractError(
            f"expected {', '.join(wanted)} of every patient of the run, but {len(lacking)} lack"
            f" one in the store '{manifest.name}': {first(lacking)}; leave them out, as `train`"
            " does by data.incomplete"
        )
    if selection.mask not in MASK_USES:
        raise ContractError(
            f"expected data.mask as one of {', '.join(MASK_USES)}, but got '{selection.mask}'"
        )
    return selection
