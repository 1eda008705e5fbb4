"""A program of another environment, run to its end or ended with all that it started."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from cirrhosis.contracts.errors import ContractError

N_LINES = 10  # of what it printed, for the error
# A program of another environment must find its own modules, not ours.
FOREIGN = ("PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "VIRTUAL_ENV")


def run_program(
    command: Sequence[str], *, variables: Mapping[str, str], folder: Path, timeout_s: float
) -> None:
    """Run a program in a session of its own; nothing that it started outlives this call.

    Args:
        command: Executable and words; no shell reads them.
        variables: Environment variables beside those of this process.
        folder: Where it works and where its output is kept.
        timeout_s: Seconds until it is ended.

    Raises:
        ContractError: If it cannot be started, takes too long, or ends with an exit code
            other than 0; gives the last lines of what it printed.
    """
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    # Files, not pipes: a child that it leaves behind would keep a pipe open for ever.
    with (folder / "stdout.txt").open("wb") as stdout, (folder / "stderr.txt").open("wb") as stderr:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=environment | dict(variables),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        except OSError as error:
            raise ContractError(
                f"{command[0]} cannot be started ({error}); call it by hand to see why"
            ) from error
        code = _wait(process, timeout_s)
    printed = _last_lines(folder)
    if code is None:
        raise ContractError(
            f"expected {command[0]} to end within {timeout_s:g} s"
            " (`preparation.liver.external.timeout_s`), but it did not and was ended; it last"
            f" printed: {printed}"
        )
    if code:
        raise ContractError(
            f"expected {command[0]} to end with exit code 0, but it {_describe(code)}; it last"
            f" printed: {printed}"
        )


def _wait(process: subprocess.Popen[bytes], timeout_s: float) -> int | None:
    """Return the exit code, None when the time was over."""
    try:
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        # Also after Ctrl-C, and after a good end: workers that it forgot hold memory.
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the program, its descendants, and what is left of its session."""
    try:
        # Those in a session of their own are found only while their parents live.
        below = psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        below = []
    session = [pid for pid in psutil.pids() if _session(pid) == process.pid]
    for pid in {*session, *(child.pid for child in below if child.is_running())}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0


def _last_lines(folder: Path) -> str:
    for name in ("stderr.txt", "stdout.txt"):
        text = (folder / name).read_bytes()[-20_000:].decode(errors="replace")
        # A progress bar writes its line many times, parted by carriage returns.
        lines = [line.rsplit("\r", 1)[-1].strip() for line in text.splitlines()]
        if any(lines):
            return " | ".join([line for line in lines if line][-N_LINES:])
    return "nothing"


def _describe(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with {code}"
