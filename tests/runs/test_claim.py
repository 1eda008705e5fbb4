"""One owner at a time; the dead are replaced, the living are not."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cirrhosis.runs.claim import Owner, RunClaimedError, await_sign, claim, read_claim


def write_claim(lock, **changes):
    owner = Owner.this_process().__dict__ | changes
    lock.write_text(json.dumps(owner))


def test_claim_is_held_and_given_back(tmp_path):
    lock = tmp_path / "run" / "claim.json"
    with claim(lock, takeover_seconds=60):
        assert json.loads(lock.read_text())["process"] == os.getpid()
        with pytest.raises(RunClaimedError, match="expected nobody to work on"):
            claim(lock, takeover_seconds=60).__enter__()
    assert list(lock.parent.iterdir()) == []


def test_a_killed_owner_is_replaced_at_once(tmp_path):
    lock = tmp_path / "claim.json"
    code = (
        "import sys, time; from pathlib import Path; from cirrhosis.runs.claim import claim\n"
        "with claim(Path(sys.argv[1]), takeover_seconds=60):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    owner = subprocess.Popen([sys.executable, "-c", code, str(lock)], stdout=subprocess.PIPE)
    assert owner.stdout.readline() == b"held\n"
    with pytest.raises(RunClaimedError):
        claim(lock, takeover_seconds=60).__enter__()
    owner.kill()
    # Nobody waits for it yet: its number is still there, but it works no more.
    os.waitid(os.P_PID, owner.pid, os.WEXITED | os.WNOWAIT)
    assert read_claim(lock).owner.is_dead
    owner.communicate()
    assert lock.exists()
    with claim(lock, takeover_seconds=60):
        assert json.loads(lock.read_text())["process"] == os.getpid()


def test_another_host_is_replaced_only_after_silence(tmp_path):
    lock = tmp_path / "claim.json"
    write_claim(lock, host="another")
    with pytest.raises(RunClaimedError, match="on another does"):
        claim(lock, takeover_seconds=60).__enter__()
    old = lock.stat().st_mtime - 61
    os.utime(lock, (old, old))
    with claim(lock, takeover_seconds=60):
        pass


def test_the_same_process_number_started_later_is_another_owner(tmp_path):
    lock = tmp_path / "claim.json"
    write_claim(lock, started=Owner.this_process().started - 1000)
    with claim(lock, takeover_seconds=60):
        pass


def test_a_process_of_another_container_is_not_taken_for_dead(tmp_path):
    lock = tmp_path / "claim.json"
    write_claim(lock, process=2**22 + 1, space="pid:[1]")
    with pytest.raises(RunClaimedError):
        claim(lock, takeover_seconds=60).__enter__()


def test_a_claim_that_was_taken_over_is_lost_and_not_given_back(tmp_path):
    lock = tmp_path / "claim.json"
    with claim(lock, takeover_seconds=60) as held:
        held.check()
        # As another host does after this one slept.
        write_claim(lock, host="another")
        with pytest.raises(RunClaimedError, match="leaves the run to the other one"):
            held.check()
    assert read_claim(lock).owner.host == "another"


def test_a_heartbeat_keeps_a_claim_and_not_that_of_another(tmp_path, monkeypatch):
    monkeypatch.setattr("cirrhosis.runs.claim.HEARTBEAT_SECONDS", 0.02)
    lock = tmp_path / "claim.json"
    with claim(lock, takeover_seconds=60):
        first = lock.stat().st_mtime_ns
        while lock.stat().st_mtime_ns == first:
            time.sleep(0.01)
        write_claim(lock, host="another")
        os.utime(lock, (5, 5))
        time.sleep(0.1)
        assert lock.stat().st_mtime == 5


def test_a_claim_of_another_host_is_watched_for_a_sign_of_life(tmp_path, monkeypatch):
    monkeypatch.setattr("cirrhosis.runs.claim.POLL_SECONDS", 0.02)
    lock = tmp_path / "claim.json"
    await_sign(lock, takeover_seconds=60)
    write_claim(lock)
    await_sign(lock, takeover_seconds=60)
    write_claim(lock, host="another")
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(await_sign, lock, takeover_seconds=60)
        time.sleep(0.1)
        assert not waits.done()
        os.utime(lock)
        waits.result(timeout=30)
    # One that is silent for long is waited for no longer than that.
    await_sign(lock, takeover_seconds=0.2)
    with claim(lock, takeover_seconds=0.2):
        assert read_claim(lock).owner == Owner.this_process()


def test_of_many_only_one_gets_an_abandoned_claim(tmp_path):
    lock = tmp_path / "claim.json"
    write_claim(lock, process=2**22 + 1)

    def attempt(_):
        try:
            held = claim(lock, takeover_seconds=60)
            held.__enter__()
        except RunClaimedError:
            return None
        return held

    with ThreadPoolExecutor(16) as pool:
        held = [result for result in pool.map(attempt, range(16)) if result]
    assert len(held) == 1
    held[0].__exit__(None, None, None)
