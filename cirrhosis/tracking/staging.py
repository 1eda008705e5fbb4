"""Where W&B keeps the files that it sends later."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from cirrhosis.contracts.errors import ContractError

VARIABLE = "WANDB_DATA_DIR"
LASTING = Path("/var/tmp")


@contextmanager
def staged_for(folder: Path) -> Iterator[Path]:
    """Let W&B copy the files of tables and artifacts to a place whose path says nothing.

    An offline run writes down where these copies lie. W&B's own choice is below the user's
    home, and `folder` mostly is as well; so they lie in a folder of the system that survives
    a restart, named by a hash, for this user alone. Whoever sets WANDB_DATA_DIR chooses.

    Args:
        folder: Of the experiment's tracked runs; one place for each.

    Raises:
        ContractError: If the place belongs to somebody else.
    """
    chosen = os.environ.get(VARIABLE)
    place = Path(chosen) if chosen else _find_place(folder)
    os.environ[VARIABLE] = str(place)
    try:
        yield place
    finally:
        if chosen is None:
            del os.environ[VARIABLE]


def _find_place(folder: Path) -> Path:
    parent = LASTING if LASTING.is_dir() else Path(tempfile.gettempdir())
    place = parent / f"cirrhosis-{sha256(str(folder.absolute()).encode()).hexdigest()[:16]}"
    place.mkdir(mode=0o700, exist_ok=True)
    if place.is_symlink() or place.stat().st_uid != os.getuid():
        raise ContractError(
            f"expected {place} to be this user's, for files that W&B sends later, but it is"
            f" somebody else's; set {VARIABLE} to another folder"
        )
    return place
