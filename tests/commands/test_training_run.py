"""A run's folder says how it stands, whatever ends it; here with other work than training."""

import json
import os
import time

import pytest

from cirrhosis.commands.existing_run import RunPlan
from cirrhosis.commands.training_run import working_on
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.run import RunFolder, RunStatus, read_status, write_pending, write_status
from cirrhosis.runs.claim import Owner, RunClaimedError

CONFIG = {"callbacks": {"keep_weights": True}}


@pytest.fixture
def plan(tmp_path):
    return RunPlan(RunFolder(tmp_path / "run"), {"config": {"lr": 1}}, "skip", "warn", 60)


def test_a_pending_run_is_begun_and_finished(plan):
    write_pending(plan.folder)
    with working_on(plan, CONFIG) as work:
        assert read_status(plan.folder.status).state == "running"
        plan.folder.predictions.touch()
        work.best = 0.75
    status = read_status(plan.folder.status)
    assert (status.state, status.best, status.reason) == ("finished", 0.75, "")
    assert not plan.folder.lock.exists()
    with working_on(plan, CONFIG) as work:
        assert work is None


def test_the_traceback_of_a_failure_is_in_the_runs_own_log(plan):
    with pytest.raises(ContractError), working_on(plan, CONFIG):
        raise ContractError("expected more")
    assert read_status(plan.folder.status).reason == "expected more"
    assert "Traceback" in plan.folder.log.read_text()
    with pytest.raises(KeyError), working_on(plan, CONFIG):
        {}["mode"]
    assert read_status(plan.folder.status).reason == "KeyError: 'mode'"


def test_who_loses_the_claim_stops_and_writes_nothing_any_more(plan):
    def sleep_and_go_on():
        with working_on(plan, CONFIG) as work:
            work.beat()
            # Meanwhile another host takes the run over and finishes it.
            plan.folder.lock.write_text(json.dumps(Owner("another", 7, 0.0).__dict__))
            write_status(RunStatus("finished", "f", plan.identity, best=0.5), plan.folder.status)
            work.beat()

    with pytest.raises(RunClaimedError):
        sleep_and_go_on()
    assert read_status(plan.folder.status).state == "finished"
    assert json.loads(plan.folder.lock.read_text())["host"] == "another"


def test_a_claim_lost_at_the_very_end_makes_no_finished_run(plan):
    with pytest.raises(RunClaimedError), working_on(plan, CONFIG):
        plan.folder.lock.unlink()
    assert read_status(plan.folder.status).state == "running"


def test_a_claim_of_this_host_is_not_waited_for(plan):
    plan.folder.folder.mkdir()
    plan.folder.lock.write_text(json.dumps(Owner.this_process().__dict__))
    with pytest.raises(RunClaimedError, match=f"process {os.getpid()} on"):
        working_on(plan, CONFIG).__enter__()


def test_time_is_summed_over_starts(plan):
    begun = RunStatus(
        "running",
        "f",
        plan.identity,
        started="2026-01-01T00:00:00+00:00",
        heartbeat="2026-01-01T00:01:30+00:00",
        earlier_seconds=10.0,
    )
    write_status(begun, plan.folder.status)
    with pytest.raises(KeyError), working_on(plan, CONFIG):
        {}["after", time.sleep(0.02)]
    failed = read_status(plan.folder.status)
    assert failed.earlier_seconds == 100
    assert failed.seconds > 100.01
    with working_on(plan, CONFIG):
        pass
    assert read_status(plan.folder.status).earlier_seconds == failed.seconds


def test_force_counts_and_keeps_nothing_of_before(plan, tmp_path):
    write_status(RunStatus("finished", "f", {"other": 1}, seconds=9.0), plan.folder.status)
    for path in (plan.folder.metrics, plan.folder.predictions):
        path.touch()
    forced = RunPlan(plan.folder, plan.identity, "force", "warn", 60)
    with working_on(forced, CONFIG):
        assert not plan.folder.predictions.exists()
        assert not plan.folder.metrics.exists()
    assert read_status(plan.folder.status).earlier_seconds == 0
