"""What commands show and where they look."""

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

import pandas as pd
from tqdm import tqdm

Item = TypeVar("Item")
LINE_EVERY_SECONDS = 10.0


def show_progress(items: Iterable[Item], *, total: int, label: str) -> Iterator[Item]:
    """Pass items through with a bar at a terminal, and a line now and then in a log file."""
    if sys.stderr.isatty():
        yield from tqdm(items, total=total, desc=label, leave=False)
        return
    start = last = time.monotonic()
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - last >= LINE_EVERY_SECONDS:
            last = now
            rate = done / (now - start)
            left = (total - done) / rate
            print(
                f"{label}: {done} of {total}, {rate:.2f} per second, {left:.0f} s left",
                file=sys.stderr,
                flush=True,
            )


def is_synthetic(patients: pd.DataFrame) -> bool:
    """Return whether any patient is a phantom's; every page that shows them must say so."""
    return "synthetic" in patients and bool((patients["synthetic"] == 1).any())
