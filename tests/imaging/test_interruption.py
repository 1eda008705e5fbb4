import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.imaging.made_cohort import contents, prepare, times

ROOT = Path(__file__).parents[2]
SCRIPT = """
from pathlib import Path
from tests.imaging.made_cohort import prepare

if __name__ == "__main__":
    prepare(Path({folder!r}), "store", n_workers={n_workers})
"""


def start(folder: Path, n_workers: int) -> subprocess.Popen[bytes]:
    script = folder / "run.py"
    script.write_text(SCRIPT.format(folder=str(folder), n_workers=n_workers))
    return subprocess.Popen(
        [sys.executable, str(script)], env=os.environ | {"PYTHONPATH": str(ROOT)}
    )


def wait_for(store: Path, kind: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while not list((store / kind).glob("A*")):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.parametrize(("kind", "n_workers"), [("slices", 1), ("livers", 1), ("slices", 2)])
def test_a_killed_run_is_finished_by_the_next(made, tmp_path, kind, n_workers):
    folder = tmp_path / "killed"
    shutil.copytree(made[0], folder, ignore=shutil.ignore_patterns("store", "parallel"))
    with start(folder, n_workers) as process:
        wait_for(folder / "store", kind, process)
        process.send_signal(signal.SIGKILL)
    assert not (folder / "store/manifest.json").exists()
    # A worker of the killed process may finish a rename that had begun.
    time.sleep(0.5)
    finished = times(folder / "store")

    # The cohort was copied, and no artefact knows its folder.
    summary = prepare(folder, "store")
    assert contents(folder / "store") == contents(made[0] / "store")
    now = times(folder / "store")
    assert {name: now[name] for name in finished} == finished
    assert summary.reused[kind] >= 1


def test_workers_end_with_their_parent(made, tmp_path):
    folder = tmp_path / "orphans"
    shutil.copytree(made[0], folder, ignore=shutil.ignore_patterns("store", "parallel"))
    with start(folder, 2) as process:
        wait_for(folder / "store", "livers", process)
        workers = children_of(process.pid)
        process.send_signal(signal.SIGKILL)
    assert workers
    deadline = time.monotonic() + 20
    while any(map(is_alive, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False
