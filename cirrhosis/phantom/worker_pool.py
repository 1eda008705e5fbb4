"""Patients and donors made in several processes."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait as wait_for
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def run_in_processes(
    work: Callable[[Task], Result], tasks: Sequence[Task], *, n_workers: int
) -> Iterator[Result]:
    """Yield the result of each task in order; one worker works in this process.

    Args:
        work: Can be pickled.
        tasks: Can be pickled.
        n_workers: Processes.
    """
    if n_workers == 1:
        yield from map(work, tasks)
        return
    # A fresh interpreter for the workers: forking one with threads may lock up.
    context = multiprocessing.get_context("forkserver")
    n_workers = min(n_workers, len(tasks))
    with ProcessPoolExecutor(n_workers, mp_context=context, initializer=_begin) as pool:
        yield from pool.map(work, tasks)


def _begin() -> None:
    # The first process alone answers Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    # A worker holds both ends of its queue and so never notices that its parent was killed.
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        os._exit(1)
