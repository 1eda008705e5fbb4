"""Seconds of a device, their spread, and a watch whose parts add up to the whole."""

import contextlib
import time
from collections.abc import Iterator, Sequence

import numpy as np
import torch

REST = "rest"


def read_clock(device: torch.device) -> float:
    """Return the time in seconds once everything that was asked of `device` is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter()


def spread(values: Sequence[float]) -> dict[str, float | int]:
    """Return median, quartiles and number of `values`."""
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75])
    return {
        "median": float(median),
        "low_quartile": float(low),
        "high_quartile": float(high),
        "rounds": len(values),
    }


class Stopwatch:
    """Count every second once: for the innermost part that is open.

    Args:
        device: What has to be done before a part ends.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.seconds: dict[str, float] = {}
        self._open = [REST]
        self._since = read_clock(device)

    @property
    def total(self) -> float:
        """Seconds of all parts."""
        return sum(self.seconds.values())

    def restart(self) -> None:
        """Forget what was counted and begin now."""
        self.seconds = {}
        self._since = read_clock(self.device)

    def stop(self) -> None:
        """Count up to now."""
        self._count()

    def enter(self, part: str) -> None:
        """Open a part inside the one that is open."""
        self._count()
        self._open.append(part)

    def leave(self) -> None:
        """Close the innermost part."""
        self._count()
        self._open.pop()

    @contextlib.contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count the seconds of the block for `name`."""
        self.enter(name)
        try:
            yield
        finally:
            self.leave()

    def _count(self) -> None:
        now = read_clock(self.device)
        part = self._open[-1]
        self.seconds[part] = self.seconds.get(part, 0.0) + now - self._since
        self._since = now
