"""A worker of a sweep: `python -m ... <connection>`, started by the launcher `workers`."""

import os
import signal
import sys
import threading
from multiprocessing.connection import Connection


def main() -> None:
    """Work until there is no job left."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Several workers write to one terminal, or one file: line by line.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    number = int(sys.argv[1])
    os.set_inheritable(number, False)
    try:
        # Imported only now: the parent may end meanwhile.
        from cirrhosis.commands.worker_jobs import work

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
