"""Each process of a sweep keeps one device for its life."""

import json
import math
from pathlib import Path

from cirrhosis.contracts.errors import ContractError
from cirrhosis.runs.claim import Owner, RunClaimedError, take


def take_slot(folder: Path, n_slots: int) -> int:
    """Return the slot of this process, the same at every call.

    A launcher's processes are reused, and one that has started CUDA keeps its first
    device, so that a slot belongs to a process and not to a job. Nobody gives a slot back:
    that of a process that has ended is taken over.

    Args:
        folder: Of the sweep; one file per slot names its owner.
        n_slots: How many processes may work at a time.

    Raises:
        ContractError: If living processes hold all slots.
    """
    folder.mkdir(parents=True, exist_ok=True)
    locks = [folder / f"slot-{number}.json" for number in range(n_slots)]
    me = Owner.this_process()
    for number, lock in enumerate(locks):
        if _read_owner(lock) == me:
            return number
    for number, lock in enumerate(locks):
        try:
            take(lock, takeover_seconds=math.inf)
        except RunClaimedError:
            continue
        return number
    raise ContractError(
        f"expected a free one of {n_slots} slots in {folder}, but living processes hold all;"
        " let the launcher start no more processes than there are slots"
    )


def _read_owner(lock: Path) -> Owner | None:
    try:
        return Owner(**json.loads(lock.read_text()))
    except FileNotFoundError:
        return None
