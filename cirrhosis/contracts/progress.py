"""How a long stage tells what is done; commands decide where it is shown."""

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Progress(Protocol):
    """Pass items through and show how many of `total` are done."""

    def __call__(self, items: Iterable[Item], *, total: int, label: str) -> Iterator[Item]:
        """Yield `items` unchanged."""
        ...


def silent(items: Iterable[Item], *, total: int, label: str) -> Iterator[Item]:
    """Pass items through and show nothing: for tests and for calls from a notebook."""
    del total, label
    yield from items
