"""Commands in processes of their own, as users start them, without importing torch each time.

A server imports once and forks; a fork is a process with its own command line, environment,
output, signals and exit code.
"""

import multiprocessing
import os
import sys
import tempfile
from multiprocessing.context import ForkServerProcess
from pathlib import Path

CONTEXT = multiprocessing.get_context("forkserver")
# What a command imports on its way; nothing here starts a thread.
CONTEXT.set_forkserver_preload(
    ["cirrhosis.commands.job", "cirrhosis.commands.train", "cirrhosis.commands.fold_run", "wandb"]
)


class CommandProcess:
    """A command that runs.

    Args:
        words: Command line after `cirrhosis`.
        environment: Variables beside those of this process.
    """

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        handle, name = tempfile.mkstemp(suffix=".log")
        os.close(handle)
        self.output = Path(name)
        self.process: ForkServerProcess = CONTEXT.Process(
            target=_run, args=(words, environment, name)
        )
        self.process.start()

    def wait(self, seconds: float = 300) -> tuple[int, str]:
        """Return its exit code, negative for a signal, and what it printed."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, f"runs longer than {seconds} s"
        text = self.output.read_text()
        self.output.unlink()
        return self.process.exitcode, text

    def send(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.process.pid, number)


def _run(words: list[str], environment: dict[str, str], output: str) -> None:
    with Path(output).open("wb") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    # Python's own streams may still point at what the server had.
    sys.stdout = os.fdopen(1, "w", buffering=1, closefd=False)
    sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
    os.environ.update(environment)
    sys.argv = ["cirrhosis", *words]
    from cirrhosis.commands.cli import main

    main()
