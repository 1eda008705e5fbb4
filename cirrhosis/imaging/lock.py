"""One writer per store: two at once would remove each other's unfinished files."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cirrhosis.contracts.errors import ContractError


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the store for this process; the system lets go of it even after a kill.

    Raises:
        ContractError: If another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ContractError(
                f"expected to be the only one that writes {folder}, but another `prepare` does;"
                " wait until it has ended, or choose another name for the store"
            ) from error
        yield
