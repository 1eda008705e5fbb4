"""Which slices of a liver are shown to the network: the largest section and four around it."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.volume import Array


@dataclass(frozen=True)
class SliceSettings:
    """The rule of selection.

    Attributes:
        count: Number of slices; the largest section and two per percentage.
        percentages: Distances from the largest section, as published (15 and 25), ascending.
            The article does not say of which number they are percentages: here of the
            slices that hold liver.
        minimum_area_fraction: A section smaller than this share of the largest is not
            chosen; the article has no such guard and may choose an almost empty dome.
    """

    count: int = 5
    percentages: tuple[int, ...] = (15, 25)
    minimum_area_fraction: float = 0.10

    def __post_init__(self) -> None:
        """Refuse settings that contradict each other."""
        ordered = sorted(set(self.percentages))
        if list(self.percentages) != ordered or not all(0 < p <= 50 for p in ordered):
            raise ContractError(
                "expected `slices.percentages` ascending, each above 0 and at most 50, but got"
                f" {self.percentages}"
            )
        if self.count != 2 * len(self.percentages) + 1:
            raise ContractError(
                f"expected `slices.count` to be {2 * len(self.percentages) + 1} (the largest"
                f" section and two per percentage {self.percentages}), but got {self.count}"
            )


class Selection(NamedTuple):
    """Chosen slices and what is needed to judge them.

    Attributes:
        indices: Ascending indices along z, foot to head.
        largest: Index of the largest section.
        first: Lowest slice of the liver's longest run of slices.
        last: Highest slice of that run.
        areas: Area of each chosen slice, in voxels.
        flags: `few_slices` where slices had to be repeated, `moved_inward` where a target
            was outside the liver or too small.
    """

    indices: tuple[int, ...]
    largest: int
    first: int
    last: int
    areas: tuple[int, ...]
    flags: tuple[str, ...]

    @property
    def n_liver_slices(self) -> int:
        """Number of slices in the longest run."""
        return self.last - self.first + 1

    @property
    def position(self) -> float:
        """Place of the largest section between foot (0) and head (1) of the liver."""
        return (self.largest - self.first) / max(1, self.last - self.first)


def liver_areas(mask: Array) -> Array:
    """Return the number of liver voxels of each slice of a mask (z, y, x)."""
    return np.count_nonzero(mask, axis=(1, 2))


def select_slices(areas: Array, *, settings: SliceSettings) -> Selection:
    """Choose slices from the liver's area profile.

    Targets lie `percentages` of the liver's slices below and above the largest section. A
    target outside the liver or with too small a section moves inward to the nearest free
    slice that is valid; where its side has none, to the nearest on the other side.

    Args:
        areas: Area of the liver in each slice from foot to head, one component.
        settings: The rule.

    Returns:
        `settings.count` ascending indices, distinct unless fewer slices are valid; then the
        nearest ones are repeated and `few_slices` is flagged.

    Raises:
        ContractError: If no slice holds liver.
    """
    areas = np.asarray(areas)
    first, last = _longest_run(areas)
    largest = _plateau_center(areas, first, last)
    valid = {
        index
        for index in range(first, last + 1)
        if areas[index] >= settings.minimum_area_fraction * areas[largest]
    }
    targets = _targets(largest, last - first + 1, settings.percentages)
    chosen = [largest, *(target for target in targets if target in valid)]
    flags = set()
    # Those that must move come last, so that they never take another target's place.
    for target in (target for target in targets if target not in valid):
        free = valid - set(chosen)
        flags.add("moved_inward" if free else "few_slices")
        chosen.append(_inward(target, largest, free) if free else _nearest(target, valid))
    indices = tuple(sorted(chosen))
    return Selection(
        indices=indices,
        largest=largest,
        first=first,
        last=last,
        areas=tuple(int(areas[index]) for index in indices),
        flags=tuple(sorted(flags)),
    )


def offsets(n_slices: int, percentages: tuple[int, ...]) -> list[int]:
    """Return the distances that `percentages` of `n_slices` mean, distinct and at least 1.

    Halves are rounded up in whole numbers: Python rounds halves to even, which repeats a
    slice at 10 liver slices.
    """
    distances: list[int] = []
    for percentage in percentages:
        rounded = (percentage * n_slices + 50) // 100
        distances.append(max(rounded, distances[-1] + 1 if distances else 1))
    return distances


def _targets(largest: int, n_slices: int, percentages: tuple[int, ...]) -> list[int]:
    return [
        largest + sign * distance for distance in offsets(n_slices, percentages) for sign in (-1, 1)
    ]


def _longest_run(areas: Array) -> tuple[int, int]:
    """Return the first and last slice of the longest run of slices that hold liver."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], areas > 0, [0]]).astype(int)))
    if not edges.size:
        raise ContractError("expected slices that hold liver, but none of them does")
    starts, stops = edges[::2], edges[1::2]
    longest = int(np.argmax(stops - starts))
    return int(starts[longest]), int(stops[longest]) - 1


def _plateau_center(areas: Array, first: int, last: int) -> int:
    """Return the middle of the slices with the largest area, the lower of two middles."""
    run = areas[first : last + 1]
    tied = np.flatnonzero(run == run.max())
    return first + int(tied[(len(tied) - 1) // 2])


def _inward(target: int, largest: int, free: set[int]) -> int:
    """Return the nearest free slice inward of `target`, else beyond the largest, else any."""
    side = 1 if target > largest else -1
    inward = {index for index in free if 0 < side * (index - largest) < side * (target - largest)}
    across = {index for index in free if side * (index - largest) < 0}
    return _nearest(target, inward or across or free)


def _nearest(target: int, among: set[int]) -> int:
    return min(among, key=lambda index: (abs(index - target), index))
