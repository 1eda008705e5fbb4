"""A Ray cluster of two workers on this machine; its head runs no jobs."""

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

import psutil

from tests.clusters.small_sweep import kill, read_variable

SMALL = str(80_000_000)  # bytes of an object store; the least that Ray takes
MARK = "RAY_NODE_OF_TEST"


class RayCluster:
    """A head and two workers of one core each.

    Args:
        folder: Of what Ray keeps in a user's home.
    """

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.environment = {
            "HOME": str(folder),
            "RAY_USAGE_STATS_ENABLED": "0",
            # Without it everybody who reaches this machine could run code on it meanwhile.
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": secrets.token_hex(32),
            # A test machine may be short of memory; that is no reason to kill a job.
            "RAY_memory_monitor_refresh_ms": "0",
            # Nor may it be quick.
            "RAY_raylet_start_wait_time_s": "180",
        }
        self.folder = folder

    def up(self) -> None:
        """Start the nodes."""
        head = ("--head", f"--port={self.port}", "--num-cpus=0", "--include-dashboard=false")
        self._start("head", *head)
        for name in ("first", "second"):
            self._start(name, f"--address={self.address}", "--num-cpus=1")

    def node_of(self, process: int) -> str:
        """Return the node that runs a process."""
        # A worker writes its title over its own environment; its parent keeps what it was given.
        return next(
            name
            for parent in psutil.Process(process).parents()
            if (name := read_variable(parent, MARK)) is not None
        )

    def kill_node(self, *names: str) -> None:
        """End nodes with everything that runs on them."""
        mine = [
            process
            for process in psutil.process_iter()
            if read_variable(process, MARK) in names
            and read_variable(process, "HOME") == str(self.folder)
        ]
        below = [child for process in mine for child in process.children(recursive=True)]
        kill([*mine, *below])

    def down(self) -> None:
        """End every node."""
        self.kill_node("head", "first", "second")

    def _start(self, name: str, *words: str) -> None:
        program = Path(sys.executable).with_name("ray")
        # Nodes of one machine must not choose the same ports for their workers.
        ports = ("--min-worker-port=0", "--max-worker-port=0")
        with (self.folder / f"{name}.txt").open("w") as stream:
            subprocess.run(
                [program, "start", f"--object-store-memory={SMALL}", *ports, *words],
                env=os.environ | self.environment | {MARK: name},
                stdout=stream,
                stderr=subprocess.STDOUT,
                check=True,
            )
