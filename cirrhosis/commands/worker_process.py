"""A worker of a sweep: `python -m ... <connection>`, started by the launcher `workers`."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection


def main() -> None:
    """Do the jobs of a sweep until there is none left."""

    def work(connection: Connection) -> None:
        # Imported only now: the parent may end meanwhile.
        from cirrhosis.commands import worker_jobs

        worker_jobs.work(connection)

    serve(work)


def serve(work: Callable[[Connection], None]) -> None:
    """Do what comes through the connection that the command line names.

    The process and those that it starts end with its parent, however that ends.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Several workers write to one terminal, or one file: line by line.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    number = int(sys.argv[1])
    os.set_inheritable(number, False)
    try:
        work(Connection(number))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def _end_with_parent() -> None:
    # The parent never writes: the pipe ends when the parent does, however it ends. The group
    # is the worker's own, with the processes that it started.
    os.read(sys.stdin.fileno(), 1)
    os.killpg(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
