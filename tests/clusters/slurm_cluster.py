"""A real Slurm of two nodes on this machine, one of them under a host name of its own."""

import os
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.clusters.small_sweep import kill, read_variable, wait_until

NODE = "SLURMD_NODENAME"  # what Slurm tells a job about its place


class SlurmCluster:
    """Two nodes, `n1` and `n2`, of one core each.

    Args:
        tool: Starts and stops them.
        folder: Of the cluster's own files.
    """

    def __init__(self, tool: Path, folder: Path) -> None:
        self.tool = tool
        self.folder = folder
        self.environment = os.environ | {"SLURM_TEST_DIR": str(folder)}

    def up(self) -> None:
        """Start the cluster; skip the test where its packages cannot be had."""
        done = self._call("up")
        if done.returncode and not is_installed():
            pytest.skip(f"Slurm cannot be installed: {done.stderr.strip()[-200:]}")
        assert done.returncode == 0, done.stderr
        # As on two machines, the claims of one node's runs are then those of another host.
        daemon = psutil.Process(int((self.folder / "slurmd.n2.pid").read_text()))
        daemon.terminate()
        psutil.wait_procs([daemon], timeout=30)
        subprocess.run(["unshare", "--uts", "sh", "-c", "hostname n2; slurmd -N n2"], check=True)
        wait_until(lambda: query("sinfo", "-h", "-n", "n2", "-o", "%T") == "idle")

    def kill_node(self, name: str) -> None:
        """End a node with everything that runs on it."""
        processes = _processes(name)
        assert self._call("kill-node", name).returncode == 0
        kill(processes)

    def down(self) -> None:
        """Stop everything."""
        numbers = [int(path.read_text()) for path in self.folder.glob("slurm*.pid")]
        daemons = [psutil.Process(number) for number in numbers if psutil.pid_exists(number)]
        processes = [*_processes("n1"), *_processes("n2")]
        self._call("down")
        kill(processes)
        kill(psutil.wait_procs(daemons, timeout=10)[1])

    def _call(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self.tool, *words], env=self.environment, capture_output=True, text=True, check=False
        )


def is_installed() -> bool:
    """Whether Slurm's controller is on this machine."""
    return subprocess.run(["which", "slurmctld"], capture_output=True, check=False).returncode == 0


def query(*words: str) -> str:
    """Return what one of Slurm's commands prints."""
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def _processes(node: str) -> list[psutil.Process]:
    """Return what runs on a node, first what would tell the controller of the others' end."""
    jobs = [process for process in psutil.process_iter() if read_variable(process, NODE) == node]
    steps = {step for job in jobs for step in job.parents() if step.name() == "slurmstepd"}
    return [*steps, *jobs]
