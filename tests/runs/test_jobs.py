"""The list of a sweep's jobs comes back as it was written."""

from pathlib import Path

import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.runs.jobs import SweepJob, find_job, read_jobs, write_jobs

JOBS = [
    SweepJob(0, ("sequences=t1+t2", "optimizer.betas=[0.9,0.99]"), Path("/runs/a b")),
    SweepJob(1, ("sequences=dwi",), None),
]


def test_jobs_come_back_in_their_order(tmp_path):
    write_jobs(JOBS, tmp_path)
    assert read_jobs(tmp_path) == JOBS
    assert find_job(tmp_path, 1) == JOBS[1]
    assert find_job(tmp_path, 2) is None


def test_a_folder_without_jobs_has_none(tmp_path):
    assert find_job(tmp_path, 0) is None
    with pytest.raises(ContractError, match=r"jobs\.json"):
        read_jobs(tmp_path)
