"""Sweeps in which jobs fail, die or meet what others left: the rest goes on, and the same
command finishes what is missing and nothing else."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
import pytest

from cirrhosis.commands.configuration import CONF
from cirrhosis.contracts.run import read_status
from cirrhosis.contracts.store import StoreLayout
from cirrhosis.runs.claim import Owner
from tests.command_process import CommandProcess
from tests.commands.in_process import SETTINGS, place, share
from tests.made_store import make_split, make_store

PLAIN = (*SETTINGS, "logger=none", "progress=false", "callbacks.restart_every_n_seconds=0")
BASIC = "hydra/launcher=basic"
STOPPING = "model._target_=tests.commands.stopping_network.build"
# The only one of its kind: no process of this host has that name.
ELSEWHERE = "another-host"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    make_store(folder / "prepared/made", make_split(folder / "splits/made.csv"))
    return folder


@pytest.fixture
def root(store, tmp_path):
    """Return a place of one's own, in a folder as people name it."""
    return share(store, tmp_path / "Läufe von Jürgen, neu = alt")


def start(root, *words, plan=""):
    environment = {"CIRRHOSIS_ROOT": str(root), "STOPPING_NETWORK": plan}
    return CommandProcess(["train", "-m", *words], environment)


def sweep(root, *words, plan=""):
    return start(root, *PLAIN, *words, plan=plan).wait()


def finished(root):
    """Return when the results of each finished run were written, and as what files."""
    marks = {}
    for path in sorted((root / "runs").rglob("status.json")):
        if '"state": "finished"' in path.read_text():
            found = [path.with_name(name).stat() for name in ("predictions.csv", "metrics.csv")]
            marks["/".join(path.parts[-5:-1])] = [(one.st_ino, one.st_mtime_ns) for one in found]
    return marks


def spoil_t2(store, patient="P003"):
    """Put a value into a patient's t2 that no image has; return how to mend it."""
    path = StoreLayout(store).slices(patient)
    before = path.read_bytes()
    length = int.from_bytes(before[:8], "little")
    at = 8 + length + json.loads(before[8 : 8 + length])["t2"]["data_offsets"][0]
    path.write_bytes(before[:at] + np.float16(np.nan).tobytes() + before[at + 2 :])
    return lambda: path.write_bytes(before)


def leave_claim(run, *, host=None, process=None, silent_seconds=0.0):
    """Leave a run as a process leaves it that was killed in the middle."""
    owner = Owner.this_process().__dict__
    owner |= {"host": host or socket.gethostname(), "process": process or owner["process"]}
    run.lock.write_text(json.dumps(owner))
    moment = time.time() - silent_seconds
    os.utime(run.lock, (moment, moment))


@pytest.fixture(scope="module")
def killed(store, tmp_path_factory):
    """Return where a run was killed in its fourth epoch."""
    root = share(store, tmp_path_factory.mktemp("killed") / "outputs")
    code, _ = sweep(root, BASIC, STOPPING, "sequences=t1", "fold=0", plan="7:KILL")
    assert code == -signal.SIGKILL
    assert (place(root).checkpoints / "last.ckpt").exists()
    return root


@pytest.fixture
def begun(killed, root):
    """Return that run in a place of its own."""
    shutil.copytree(killed / "runs", root / "runs")
    return place(root)


def go_on(root, *words):
    return sweep(root, BASIC, STOPPING, "sequences=t1", "fold=0,1", *words)


def test_failed_jobs_keep_their_tracebacks_and_the_others_finish(tmp_path):
    root = tmp_path / "outputs"
    make_store(root / "prepared/made", make_split(root / "splits/made.csv"))
    mend = spoil_t2(root / "prepared/made")
    words = (BASIC, "sequences=t1,t2", "fold=0,1")
    code, output = sweep(root, *words)
    assert code == 1
    before = finished(root)
    assert set(before) == {"v/t1/seed-1/fold-0", "v/t1/seed-1/fold-1"}
    for fold in (0, 1):
        run = place(root, "t2", fold)
        assert "P003" in read_status(run.status).reason
        assert "Traceback" in run.log.read_text()
    assert "P003" in output
    mend()
    code, output = sweep(root, *words)
    assert code == 0, output
    after = finished(root)
    assert len(after) == 4
    assert {name: after[name] for name in before} == before


@pytest.mark.slow
def test_a_value_that_is_no_number_fails_its_job_alone(root):
    words = [word for word in PLAIN if not word.startswith("variant=")]
    line = (*words, BASIC, "sequences=t1", "fold=0", "optimizer.lr=0.001,abc")
    code, output = start(root, *line).wait()
    assert code == 1
    assert "abc" in output
    assert len(finished(root)) == 1


def test_a_claim_of_a_dead_process_is_taken_over(root, begun):
    child = subprocess.Popen(["true"])
    child.wait()
    leave_claim(begun, process=child.pid)
    code, output = go_on(root)
    assert code == 0, output
    assert "before an interruption" in output
    assert len(finished(root)) == 2


@pytest.mark.slow
def test_a_claim_of_another_host_is_waited_for(root, begun):
    leave_claim(begun, host=ELSEWHERE, silent_seconds=1)
    code, output = go_on(root, "takeover_seconds=3")
    assert code == 0, output
    assert len(finished(root)) == 2


@pytest.mark.slow
def test_a_run_that_another_host_works_on_is_left_to_it(root, begun):
    leave_claim(begun, host=ELSEWHERE)
    stop = threading.Event()

    def beat():
        while not stop.wait(0.2):
            os.utime(begun.lock)

    thread = threading.Thread(target=beat)
    thread.start()
    code, output = go_on(root, "takeover_seconds=4")
    stop.set()
    thread.join()
    # The sweep is not complete, and says so.
    assert code == 1
    assert ELSEWHERE in output
    assert list(finished(root)) == ["v/t1/seed-1/fold-1"]
    assert read_status(begun.status).state == "running"


def test_what_a_loss_of_power_leaves_of_files_is_cleared(root, begun):
    point = begun.checkpoints / "last.ckpt"
    point.write_bytes(point.read_bytes()[:500])
    left = [begun.folder / ".partial-00-status.json", begun.checkpoints / ".partial-00-last.ckpt"]
    for path in left:
        path.write_text("half")
    code, output = go_on(root)
    assert code == 0, output
    assert "is damaged and is removed" in output
    assert len(finished(root)) == 2
    assert not [path for path in left if path.exists()]


def test_a_damaged_status_is_named_and_the_others_finish(root, begun):
    begun.status.write_text(begun.status.read_text()[:40])
    code, output = go_on(root)
    assert code == 1
    assert f"{begun.status}" in output
    assert list(finished(root)) == ["v/t1/seed-1/fold-1"]


def test_a_folder_that_cannot_be_written_fails_its_job_alone(root):
    # Whoever runs the tests may write anywhere, but not below a file.
    blocked = place(root, "t2").folder.parent
    blocked.parent.mkdir(parents=True)
    blocked.write_text("in the way")
    code, output = sweep(root, BASIC, "sequences=t1,t2", "fold=0")
    assert code == 1
    assert str(blocked) in output
    assert list(finished(root)) == ["v/t1/seed-1/fold-0"]


def test_a_sweep_that_is_told_to_stop_begins_no_further_run(root):
    code, _ = sweep(root, BASIC, STOPPING, "sequences=t1", "fold=0,1", plan="7:TERM")
    assert code == 128 + signal.SIGTERM
    run = place(root)
    assert read_status(run.status).reason == "interrupted by SIGTERM"
    assert not run.lock.exists()
    assert not place(root, fold=1).metrics.exists()


@pytest.mark.slow
def test_two_people_who_type_the_same_sweep_share_its_runs(root):
    words = (*PLAIN, BASIC, "sequences=t1,t2", "fold=0,1,2")
    both = [start(root, *words) for _ in range(2)]
    ends = [process.wait() for process in both]
    assert len(finished(root)) == 6
    lines = "".join(output for _, output in ends).splitlines()
    trained = Counter(line.split(":")[0] for line in lines if "AUROC of the held-out fold" in line)
    assert set(trained.values()) == {1}
    assert len(trained) == 6
    # Who ends while the other still works leaves an unfinished run; one at least sees all.
    assert 0 in {code for code, _ in ends}
    assert sweep(root, BASIC, "sequences=t1,t2", "fold=0,1,2")[0] == 0


@pytest.mark.slow
def test_three_kinds_of_failure_leave_the_others_alone(tmp_path):
    root = tmp_path / "outputs"
    make_store(root / "prepared/made", make_split(root / "splits/made.csv"))
    mend = spoil_t2(root / "prepared/made")
    token = tmp_path / "token"
    token.touch()
    words = [word for word in PLAIN if not word.startswith(("model=", "variant="))]
    words += [STOPPING, f"hydra.searchpath=[file://{tmp_path}]"]
    words += ["model=small,nonsense", "sequences=t1,t2", "fold=0,1,2"]
    code, output = start(root, *words, plan=f"4:once={token}").wait()
    assert code == 1, output
    assert not token.exists()
    before = finished(root)
    # Of three on t1 one was killed.
    assert len(before) == 2
    for reason in ("killed by SIGKILL", "nonsense", "P003"):
        assert reason in output
    (tmp_path / "model").mkdir()
    shutil.copy(Path(CONF) / "model/small.yaml", tmp_path / "model/nonsense.yaml")
    mend()
    code, output = start(root, *words).wait()
    assert code == 0, output
    after = finished(root)
    assert len(after) == 12
    assert {name: after[name] for name in before} == before


def await_runs(root, number, process):
    end = time.monotonic() + 240
    while len(finished(root)) < number:
        assert process.process.is_alive()
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_a_sweep_that_is_told_to_stop(root, number):
    words = (*PLAIN, "sequences=t1,t2", "fold=0,1,2,3", "protocol.fixed_epochs=20")
    process = start(root, *words)
    await_runs(root, 2, process)
    family = psutil.Process(process.process.pid).children(recursive=True)
    assert family
    process.send(number)
    code, output = process.wait()
    assert code == 128 + number, output
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive
    assert not list((root / "runs").rglob("claim.json"))
    before = finished(root)
    assert len(before) < 8
    code, output = start(root, *words).wait()
    assert code == 0, output
    after = finished(root)
    assert len(after) == 8
    assert {name: after[name] for name in before} == before
