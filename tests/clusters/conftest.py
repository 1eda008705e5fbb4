"""Real clusters on this machine, for the length of a test."""

import os
import shutil
import subprocess

import pytest

from tests.clusters.slurm_cluster import SlurmCluster


@pytest.fixture
def slurm(shared_data, tmp_path):
    """A Slurm of two nodes of one core each."""
    tool = shared_data / "tools/slurm-two-nodes"
    if os.geteuid() or not tool.is_file():
        pytest.skip(f"needs root and {tool}")
    if shutil.which("sinfo") and "n1" not in list_nodes() and list_nodes():
        pytest.skip("a Slurm of this machine's own is running; nodes of it are not killed")
    cluster = SlurmCluster(tool, tmp_path / "slurm")
    try:
        cluster.up()
        yield cluster
    finally:
        cluster.down()


def list_nodes() -> str:
    return subprocess.run(["sinfo", "-h", "-N"], capture_output=True, text=True).stdout
