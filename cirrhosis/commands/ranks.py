"""Trains one run in several processes of this machine; when one ends badly, all end."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.commands.fitted import Fitted
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import read_json, write_json
from cirrhosis.contracts.run import RunFolder

PROGRAM = (sys.executable, "-m", "cirrhosis.commands.rank_process")
POLL_SECONDS = 0.05
HEARTBEAT_SECONDS = 10.0
# What the others get to close their logger after one has failed.
GRACE_SECONDS = 10.0
# Variables by which Lightning would take another launcher for ours.
FOREIGN = ("SLURM_", "TORCHELASTIC_", "KUBERNETES_", "LSB_", "GROUP_RANK", "NODE_RANK")


class RankFailedError(ContractError):
    """One of the processes that train a run ended badly."""


@dataclass(frozen=True)
class Rank:
    """One started process.

    Attributes:
        number: From 0.
        process: Leader of a process group of its own.
        report: Where it leaves its result or its error.
        log: What it prints; None for the first, which prints to the terminal.
    """

    number: int
    process: subprocess.Popen[bytes]
    report: Path
    log: Path | None


def fit_on_ranks(
    values: dict[str, Any],
    folder: RunFolder,
    *,
    n_ranks: int,
    beat: Callable[[], None],
    program: tuple[str, ...] = PROGRAM,
) -> Fitted:
    """Train and predict in `n_ranks` processes and return what the first of them found.

    This process only watches: it holds the claim and can end the others whatever they do.

    Args:
        values: Plain configuration of the run.
        folder: Of the run; the logs of all but the first lie in it.
        n_ranks: Number of processes.
        beat: Gives a sign of life.
        program: What each process runs, given the folder of values and reports.

    Raises:
        RankFailedError: If one ended badly; with its error's text.
    """
    for path in folder.folder.glob("rank-*.log"):
        path.unlink()
    with tempfile.TemporaryDirectory(prefix="cirrhosis-ranks-") as exchange:
        write_json(values, Path(exchange) / "values.json")
        with _started((*program, exchange), n_ranks, folder.folder) as ranks:
            _watch(ranks, beat)
        report = read_json(ranks[0].report)
    scores = report.pop("y_score")
    return Fitted(y_score=pd.Series(scores["scores"], index=scores["patients"]), **report)


@contextlib.contextmanager
def _started(command: tuple[str, ...], n_ranks: int, folder: Path) -> Iterator[list[Rank]]:
    """Start the processes; none is left when the block ends."""
    ranks: list[Rank] = []
    port = _find_free_port()
    try:
        for number in range(n_ranks):
            ranks.append(_start(command, folder, _environment(number, n_ranks, port)))
        yield ranks
    except (KeyboardInterrupt, SystemExit):
        # Of this process alone: it was told to stop, and so tells the others.
        for rank in ranks:
            rank.process.send_signal(signal.SIGINT)
        raise
    finally:
        _end(ranks)


def _start(command: tuple[str, ...], folder: Path, environment: dict[str, str]) -> Rank:
    number = int(environment["RANK"])
    log = folder / f"rank-{number}.log" if number else None
    with log.open("wb") if log else contextlib.nullcontext() as output:
        process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            # Ctrl-C reaches the watching process alone, which then ends the others.
            start_new_session=True,
        )
    return Rank(number, process, Path(command[-1]) / f"rank-{number}.json", log)


def _environment(number: int, n_ranks: int, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    return kept | {
        "RANK": str(number),
        "LOCAL_RANK": str(number),
        "WORLD_SIZE": str(n_ranks),
        "LOCAL_WORLD_SIZE": str(n_ranks),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }


def _find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _watch(ranks: list[Rank], beat: Callable[[], None]) -> None:
    last = time.monotonic()
    running = True
    while running:
        running = any(rank.process.poll() is None for rank in ranks)
        failed = [rank for rank in ranks if rank.process.poll()]
        if failed:
            raise _explain(failed, len(ranks))
        if time.monotonic() - last >= HEARTBEAT_SECONDS:
            last = time.monotonic()
            beat()
        time.sleep(POLL_SECONDS)


def _explain(failed: list[Rank], n_ranks: int) -> RankFailedError:
    # Who was killed could not report; of the others the first drew the rest with it.
    reports = {rank.number: _read_error(rank) for rank in failed}
    rank = min(failed, key=lambda rank: reports[rank.number].get("time", 0.0))
    report = reports[rank.number]
    code = rank.process.returncode
    cause = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
    text = report.get("error", cause)
    place = f"; it printed to {rank.log}" if rank.log else ""
    error = RankFailedError(f"rank {rank.number} of {n_ranks}: {text}{place}")
    error.add_note(report.get("traceback", ""))
    return error


def _read_error(rank: Rank) -> dict[str, Any]:
    return read_json(rank.report) if rank.report.exists() else {}


def _end(ranks: list[Rank]) -> None:
    deadline = time.monotonic() + GRACE_SECONDS
    for rank in ranks:
        with contextlib.suppress(subprocess.TimeoutExpired):
            rank.process.wait(timeout=max(0.0, deadline - time.monotonic()))
        if rank.process.poll() != 0:
            # The whole group: its loaders and loggers too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(rank.process.pid, signal.SIGKILL)
            rank.process.wait()
        if rank.process.stdin:
            rank.process.stdin.close()
