"""What is written about runs whose process is gone."""

import json

import pytest

from cirrhosis.contracts.run import RunFolder, RunStatus, read_status, write_pending, write_status
from cirrhosis.runs.claim import Owner, claim
from cirrhosis.runs.ending import mark_failed

REASON = "killed by SIGKILL (-9)"


@pytest.fixture
def run(tmp_path):
    return RunFolder(tmp_path / "fold-0")


def set_state(run, state):
    write_status(RunStatus(state, "f", {"config": {}}, best=0.5), run.status)


def test_a_run_whose_process_died_is_failed_and_keeps_its_identity(run):
    set_state(run, "running")
    run.lock.write_text(json.dumps(Owner.this_process().__dict__ | {"process": 2**22 + 1}))
    mark_failed(run, REASON)
    status = read_status(run.status)
    assert (status.state, status.reason, status.identity) == ("failed", REASON, {"config": {}})
    assert status.finished
    assert not run.lock.exists()


def test_a_run_that_was_never_begun_is_failed(run):
    mark_failed(run, REASON)
    assert read_status(run.status).state == "failed"
    assert not read_status(run.status).is_begun


def test_a_finished_run_stays_finished(run):
    set_state(run, "finished")
    mark_failed(run, REASON)
    assert read_status(run.status).state == "finished"


def test_a_run_of_a_living_process_is_left_alone(run):
    set_state(run, "running")
    with claim(run.lock, takeover_seconds=0.001):
        mark_failed(run, REASON)
        assert read_status(run.status).state == "running"


def test_what_is_pending_replaces_no_status(run):
    write_pending(run)
    assert read_status(run.status) == RunStatus("pending", "", {})
    set_state(run, "running")
    write_pending(run)
    assert read_status(run.status).state == "running"
    assert [path.name for path in run.folder.iterdir()] == ["status.json"]
