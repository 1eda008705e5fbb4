"""Processes of one run are watched: whatever happens to one, none is left. No torch here."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from cirrhosis.commands import ranks
from cirrhosis.commands.ranks import RankFailedError, fit_on_ranks
from cirrhosis.contracts.run import RunFolder

PROGRAM = (sys.executable, str(Path(__file__).with_name("pretended_rank.py")))


@pytest.fixture(autouse=True)
def short_grace(monkeypatch):
    monkeypatch.setattr(ranks, "GRACE_SECONDS", 0.3)


def watch(folder, *fates, beat=lambda: None):
    values = {str(rank): fate for rank, fate in enumerate(fates)}
    run = RunFolder(folder)
    return fit_on_ranks(values, run, n_ranks=len(fates), beat=beat, program=PROGRAM)


def children():
    # Other tests of the same process may have left servers of theirs, which is no matter here.
    everyone = psutil.Process().children(recursive=True)
    return [child for child in everyone if PROGRAM[1] in words_of(child)]


def words_of(process):
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_what_the_first_found_is_returned_in_its_order(tmp_path, monkeypatch):
    # Another launcher's variables would have Lightning take it for ours.
    monkeypatch.setenv("SLURM_NTASKS", "8")
    (tmp_path / "rank-5.log").touch()
    fitted = watch(tmp_path, "ends", "ends", "ends")
    assert fitted.y_score.to_dict() == {"P2": 0.25, "P1": 0.5}
    assert list(fitted.y_score.index) == ["P2", "P1"]
    assert (fitted.n_epochs, fitted.n_before, fitted.best) == (3, 1, None)
    # The first prints to the terminal; logs of an earlier start are gone.
    assert {path.name for path in tmp_path.iterdir()} == {"rank-1.log", "rank-2.log"}
    assert (tmp_path / "rank-2.log").read_text() == "rank 2 of 3, None\n"


@pytest.mark.parametrize(
    ("fates", "message"),
    [
        (("waits", "fails"), "rank 1 of 2: planted; it printed to .*rank-1.log"),
        (("fails", "waits", "waits"), "rank 0 of 3: planted\n"),
        (("hangs", "breaks"), "rank 1 of 2: ended with exit code 3"),
    ],
)
def test_one_that_fails_ends_all_with_its_error(tmp_path, fates, message):
    with pytest.raises(RankFailedError, match=message):
        watch(tmp_path, *fates)
    assert not children()


def test_the_error_carries_the_traceback_of_its_process(tmp_path):
    with pytest.raises(RankFailedError) as caught:
        watch(tmp_path, "waits", "fails")
    assert caught.value.__notes__ == ["in planted"]


def test_one_that_is_killed_ends_all(tmp_path):
    def kill():
        while not (found := [child for child in children() if rank_of(child) == "0"]):
            time.sleep(0.01)
        found[0].kill()

    threading.Thread(target=kill, daemon=True).start()
    with pytest.raises(RankFailedError, match="rank 0 of 2: was killed by signal 9"):
        watch(tmp_path, "waits", "waits")
    assert not children()


def rank_of(process):
    try:
        return process.environ().get("RANK")
    except psutil.Error:
        return None


def test_signs_of_life_are_given_while_they_work(tmp_path, monkeypatch):
    monkeypatch.setattr(ranks, "HEARTBEAT_SECONDS", 0.0)
    beats = []
    watch(tmp_path, "ends", "ends", beat=lambda: beats.append(1))
    assert beats


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_none_is_left_when_the_watching_process_ends(tmp_path, number):
    code = (
        "import sys; from pathlib import Path; from cirrhosis.commands.ranks import fit_on_ranks;"
        "from cirrhosis.contracts.run import RunFolder;"
        "fit_on_ranks({'0': 'waits', '1': 'waits'}, RunFolder(Path(sys.argv[1])), n_ranks=2,"
        " beat=lambda: None, program=tuple(sys.argv[2:]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), *PROGRAM],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.DEVNULL,
    )
    watching = psutil.Process(process.pid)
    while len(found := [child for child in watching.children() if rank_of(child)]) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    process.wait(timeout=30)
    _, left = psutil.wait_procs(found, timeout=10)
    assert not left
