"""Work spread over processes in which a killed process costs nobody else their result."""

import contextlib
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for
from typing import TypeVar

import psutil
import SimpleITK as sitk

Task = TypeVar("Task")
Result = TypeVar("Result")


def spread(
    function: Callable[[Task], Result], tasks: Iterable[Task], *, n_workers: int
) -> Iterator[tuple[Task, Result | None]]:
    """Yield each task with its result as it ends, in no order; None if its process died twice.

    At most twice as many tasks as workers are in flight, so memory does not grow with the
    number of tasks. When a process is killed, nobody knows whose task it ran: all in flight
    are tried again one by one, and a second death is then surely the task's own.

    A task has no time limit: nothing in it waits for anything but the disk and programs that
    have a limit of their own, and a limit would make results depend on how busy a machine is.

    Args:
        function: Can be pickled and raises nothing.
        tasks: Can be pickled.
        n_workers: Processes; 1 runs everything in this one.
    """
    if n_workers == 1:
        yield from ((task, function(task)) for task in tasks)
        return
    waiting = deque(tasks)
    while waiting:
        suspects: list[Task] = []
        yield from _together(function, waiting, suspects, n_workers)
        yield from _alone(function, suspects)


def _together(
    function: Callable[[Task], Result],
    waiting: deque[Task],
    suspects: list[Task],
    n_workers: int,
) -> Iterator[tuple[Task, Result]]:
    """Work until nothing waits or a process dies; what was in flight becomes suspect."""
    pool = _pool(min(n_workers, len(waiting)))
    running: dict[Future[Result], Task] = {}
    try:
        while waiting or running:
            while waiting and len(running) < 2 * n_workers:
                # Looked at before it is taken: a broken pool refuses, and nothing is lost.
                running[pool.submit(function, waiting[0])] = waiting[0]
                waiting.popleft()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                result = future.result()
                yield running.pop(future), result
    except BrokenProcessPool:
        suspects.extend(running.values())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _alone(
    function: Callable[[Task], Result], suspects: list[Task]
) -> Iterator[tuple[Task, Result | None]]:
    """Try one task after another, so that a death has one cause."""
    pool = _pool(1)
    try:
        for task in suspects:
            try:
                result = pool.submit(function, task).result()
            except BrokenProcessPool:
                pool.shutdown()
                pool, result = _pool(1), None
            yield task, result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _pool(n_workers: int) -> ProcessPoolExecutor:
    # A forked copy of a process with ITK's threads may hang, so processes start afresh.
    return ProcessPoolExecutor(
        n_workers, mp_context=multiprocessing.get_context("spawn"), initializer=_begin
    )


def use_one_thread() -> None:
    """Let ITK use one thread in this process: the processes share the cores already."""
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)


def _begin() -> None:
    use_one_thread()
    # The first process alone answers Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    # A worker holds both ends of its queue and so never notices that its parent was killed.
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait_for([parent.sentinel])
        # A program that segments for this process would go on without anybody to wait for it.
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        os._exit(1)
