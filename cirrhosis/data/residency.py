"""Where the slices of a run lie while it trains: measured, not guessed."""

from dataclasses import dataclass

from cirrhosis.contracts.errors import ContractError

RESIDENCIES = ("auto", "device", "host", "stream")
GIB = 2**30


@dataclass(frozen=True)
class Room:
    """Memory of one place.

    Raises:
        ContractError: If the share is no part.

    Attributes:
        needed: Bytes that the run's slices take there beyond what lies there already.
        free: Bytes that are free.
        share: Part of `free` that slices may take; the rest is the network's, the batches'
            and other processes'.
    """

    needed: int
    free: int
    share: float

    def __post_init__(self) -> None:
        """Refuse a share that is no part."""
        if not 0 <= self.share <= 1:
            raise ContractError(
                f"expected data.device_share and data.host_share from 0 to 1, but got {self.share}"
            )

    @property
    def fits(self) -> bool:
        """Whether the slices find room."""
        return self.needed <= self.share * self.free

    def __str__(self) -> str:
        """Return the numbers in GiB."""
        return (
            f"needed {self.needed / GIB:.2f} GiB, free {self.free / GIB:.2f} GiB of which"
            f" {self.share:.0%} may be taken"
        )


def choose_residency(asked: str, rooms: dict[str, Room]) -> str:
    """Return `device`, `host` or `stream`.

    Args:
        asked: One of those, or `auto` for the first place with room.
        rooms: By place, the preferred one first. A CPU has no place but `host`.

    Raises:
        ContractError: If the place asked for is unknown or has too little room.
    """
    if asked not in RESIDENCIES:
        raise ContractError(
            f"expected data.residency as one of {', '.join(RESIDENCIES)}, but got '{asked}'"
        )
    if asked == "auto":
        return next((place for place, room in rooms.items() if room.fits), "stream")
    place = asked if asked in rooms or asked == "stream" else "host"
    if place != "stream" and not rooms[place].fits:
        raise ContractError(
            f"expected the slices to fit for data.residency={asked}, but {rooms[place]}"
            f" (`data.{place}_share`). Use data.residency=auto or stream, fewer sequences, or a"
            " larger share."
        )
    return place


def describe_choice(place: str, rooms: dict[str, Room]) -> str:
    """Return one line: what was chosen and what was measured."""
    measured = "; ".join(f"{name}: {room}" for name, room in rooms.items())
    words = {"device": "on the device", "host": "in host memory", "stream": "streamed from files"}
    return f"slices {words[place]} ({measured})"
