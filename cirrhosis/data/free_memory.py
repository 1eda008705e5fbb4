"""How much memory is free, on the host and on the device that trains."""

from pathlib import Path

import psutil
import torch

CGROUPS = Path("/sys/fs/cgroup")


def free_device_bytes(device: torch.device) -> int:
    """Return the free memory of a device; one without memory of its own uses the host's."""
    if device.type != "cuda":
        return free_host_bytes()
    free, _ = torch.cuda.mem_get_info(device)
    # What torch keeps for later tensors is free to us, though not to the driver.
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return free + kept


def free_host_bytes(cgroups: Path = CGROUPS, own: Path = Path("/proc/self/cgroup")) -> int:
    """Return the memory that this process may still take.

    A container or batch system often allows less than the machine has: the limits of the
    process's control group and of every group around it count (version 2 and 1).

    Args:
        cgroups: Where control groups are mounted.
        own: File that names the groups of this process.
    """
    limits = [_free_of(folder) for folder in _list_groups(cgroups, own)]
    return min([psutil.virtual_memory().available, *(free for free in limits if free is not None)])


def _list_groups(cgroups: Path, own: Path) -> list[Path]:
    """Return the folders that may limit memory, the process's own group first."""
    lines = own.read_text().splitlines() if own.is_file() else []
    folders = []
    for line in lines:
        _, controllers, place = line.split(":", 2)
        if controllers in ("", "memory"):
            root = cgroups / controllers
            group = root / place.lstrip("/")
            folders += [folder for folder in (group, *group.parents) if root in folder.parents]
            folders.append(root)
    return folders


def _free_of(folder: Path) -> int | None:
    """Return what a control group leaves; None if it sets no limit."""
    for limit_name, used_name in (
        ("memory.max", "memory.current"),
        ("memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        limit, used = _read_number(folder / limit_name), _read_number(folder / used_name)
        if limit is not None and used is not None:
            return max(0, limit - used + _reclaimable(folder / "memory.stat"))
    return None


def _reclaimable(stat: Path) -> int:
    """Return the cached pages of files, which give way when memory is asked for."""
    if not stat.is_file():
        return 0
    numbers = dict(line.split()[:2] for line in stat.read_text().splitlines())
    return int(numbers.get("total_inactive_file", numbers.get("inactive_file", 0)))


def _read_number(path: Path) -> int | None:
    text = path.read_text().strip() if path.is_file() else ""
    return int(text) if text.isdecimal() else None
