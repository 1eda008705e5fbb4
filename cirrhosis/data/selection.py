"""What a run reads of a store: whose slices, which sequences, with or without the mask."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cirrhosis.contracts.errors import ContractError, first
from cirrhosis.contracts.sequences import check_available
from cirrhosis.contracts.store import Manifest

# The liver of the fixed sequence; `mask_<sequence>` where each sequence has its own.
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
        has_own_masks: Whether each sequence has slices and a mask of its own, as a store
            prepared with `liver.per_sequence` has.
    """

    folder: Path
    patients: tuple[str, ...]
    sequences: tuple[str, ...]
    mask: str
    shape: tuple[int, int, int]
    has_own_masks: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """What is read of each patient."""
        return (*self.sequences, *self.mask_names)

    @property
    def mask_names(self) -> tuple[str, ...]:
        """Masks that are read: none, the one of all sequences, or one of each."""
        if self.mask == "none":
            return ()
        return tuple(map(name_own_mask, self.sequences)) if self.has_own_masks else (MASK,)

    @property
    def n_planes(self) -> int:
        """Images per slice that a network sees: one per sequence, and the masks as `channel`."""
        return len(self.names if self.mask == "channel" else self.sequences)

    @property
    def n_channels(self) -> int:
        """Channels of a batch."""
        return self.n_planes * self.shape[0]

    def rows(self, patients: Sequence[str]) -> list[int]:
        """Return the rows of `patients`."""
        place = {name: row for row, name in enumerate(self.patients)}
        return [place[name] for name in patients]


def name_own_mask(sequence: str) -> str:
    """Return how the mask of a sequence is called in a store."""
    return f"{MASK}_{sequence}"


def is_mask(name: str) -> bool:
    """Return whether a name is a mask's; no sequence begins so."""
    return name == MASK or name.startswith(f"{MASK}_")


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
