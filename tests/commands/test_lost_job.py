"""A job without a result becomes a failed job, and a launcher that cannot work says why."""

import json

import pytest
from hydra.core.utils import JobStatus

from cirrhosis.commands.lost_job import Loss, record_loss
from cirrhosis.commands.slurm_jobs import run_in_queue
from cirrhosis.contracts.run import RunFolder, RunStatus, read_status, write_status
from cirrhosis.runs.claim import claim
from cirrhosis.runs.jobs import SweepJob, write_jobs

LOSS = Loss("its node died", "what it printed last")
OVERRIDES = ["sequences=t1", "fold=0"]


@pytest.fixture
def run(tmp_path):
    folder = RunFolder(tmp_path / "run")
    folder.folder.mkdir()
    write_status(RunStatus("running", "f", {"config": {}}), folder.status)
    write_jobs([SweepJob(3, tuple(OVERRIDES), folder.folder)], tmp_path)
    return folder


def test_the_job_and_its_run_are_failed_with_the_reason(tmp_path, run):
    result = record_loss(LOSS, 3, OVERRIDES, tmp_path)
    assert result.status == JobStatus.FAILED
    record = json.loads((tmp_path / "3/failed.json").read_text())
    assert record["overrides"] == OVERRIDES
    assert record["reason"] == "its node died"
    assert (tmp_path / "3/traceback.txt").read_text() == "what it printed last"
    status = read_status(run.status)
    assert (status.state, status.reason) == ("failed", "its node died")


def test_a_run_that_another_process_works_on_is_left_alone(tmp_path, run):
    with claim(run.lock, takeover_seconds=300):
        record_loss(LOSS, 3, OVERRIDES, tmp_path)
    assert read_status(run.status).state == "running"


def test_a_sweep_of_a_command_without_runs_records_it_too(tmp_path):
    record_loss(LOSS, 0, OVERRIDES, tmp_path)
    assert (tmp_path / "0/failed.json").exists()


def test_a_machine_without_slurm_is_told_so(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SystemExit, match="no sbatch"):
        run_in_queue(None, {}, {}, config=None)
