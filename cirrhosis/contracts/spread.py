"""How work on many tasks is spread over processes or machines; commands decide where."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


class Spread(Protocol):
    """Call a function on each task, somewhere."""

    def __call__(
        self, function: Callable[[Task], Result], tasks: Iterable[Task], *, n_workers: int
    ) -> Iterator[tuple[Task, Result | None]]:
        """Yield each task with its result as it ends, in no order; None if its process died.

        Args:
            function: Can be pickled and raises nothing.
            tasks: Can be pickled.
            n_workers: How many at once.
        """
        ...
