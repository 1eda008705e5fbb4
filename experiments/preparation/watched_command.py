"""`cirrhosis prepare` in a process of its own, watched from outside: seconds and memory."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

EVERY_SECONDS = 0.1


def prepare(root: Path, store: str, *words: str) -> dict[str, float]:
    """Prepare cohort `made` below `root`; return seconds, patients and the peak memory.

    The peak is the largest sum of resident memory over the command and all its workers;
    pages that they share are counted once per process.

    Args:
        root: Of the outputs.
        store: Name of the store.
        words: Of the command line.
    """
    line = [
        *(sys.executable, "-m", "cirrhosis.commands", "prepare", "cohort=made", f"store={store}"),
        *("split.name=made", "contact_sheets=false", *words),
    ]
    environment = os.environ | {"CIRRHOSIS_ROOT": str(root), "OMP_NUM_THREADS": "1"}
    begun = time.perf_counter()
    with subprocess.Popen(line, env=environment, stdout=subprocess.PIPE, text=True) as process:
        peaks: list[dict[str, float]] = []
        watcher = threading.Thread(target=_watch, args=(process, peaks))
        watcher.start()
        output = process.stdout.read() if process.stdout else ""
        code = process.wait()
        watcher.join()
    if code:
        sys.exit(f"prepare ended with {code}: {output}")
    prepared = next(line for line in output.splitlines() if line.startswith("prepared"))
    return {
        "seconds": time.perf_counter() - begun,
        "patients": int(prepared.split()[1]),
        "peak_mb": max(peak["all"] for peak in peaks),
        "peak_command_mb": max(peak["command"] for peak in peaks),
    }


def _watch(process: subprocess.Popen[str], peaks: list[dict[str, float]]) -> None:
    command = psutil.Process(process.pid)
    while process.poll() is None:
        sizes = [_resident(one) for one in _tree(command)]
        if sizes:
            peaks.append({"all": sum(sizes), "command": sizes[0]})
        time.sleep(EVERY_SECONDS)


def _tree(command: psutil.Process) -> list[psutil.Process]:
    try:
        return [command, *command.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _resident(process: psutil.Process) -> float:
    try:
        return process.memory_info().rss / 1e6
    except psutil.NoSuchProcess:
        return 0.0
