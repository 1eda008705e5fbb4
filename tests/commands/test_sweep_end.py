"""What became of a sweep is read from marks alone, whoever left them."""

import pytest

from cirrhosis.commands.failed_job import record_failure
from cirrhosis.commands.sweep_end import clear_marks, count_ended, read_end
from cirrhosis.contracts.run import RunFolder, RunStatus, run_folder, write_pending, write_status
from cirrhosis.runs.claim import take
from cirrhosis.runs.jobs import SweepJob
from cirrhosis.runs.overview_table import Page


@pytest.fixture
def sweep(tmp_path):
    """Seven jobs of one combination; what each fold is marked with is written by a test."""

    def make(number):
        run = run_folder(
            tmp_path / "runs",
            experiment="e",
            task="t",
            variant="v",
            sequences="t1",
            seed=1,
            fold=str(number),
        )
        write_pending(run)
        return SweepJob(number, ("name=e", "sequences=t1", f"fold={number}"), run.folder)

    return tmp_path / "sweep", [make(number) for number in range(7)]


def set_state(job, state, reason=""):
    run = RunFolder(job.folder)
    write_status(RunStatus(state, "f", {"a": 1}, owner="node1:7", reason=reason), run.status)
    return run


def fail(folder, job, reason):
    record_failure(folder / str(job.number), job.overrides, reason=reason, text="Traceback")


def test_every_job_that_is_not_done_is_named_with_its_reason(sweep):
    folder, jobs = sweep
    set_state(jobs[0], "finished")
    set_state(jobs[1], "failed", reason="older words")
    fail(folder, jobs[1], "the store is corrupt")
    fail(folder, jobs[2], "killed by SIGKILL (-9)")
    set_state(jobs[2], "running")
    take(set_state(jobs[3], "running").lock, 60)
    set_state(jobs[4], "failed", reason="interrupted by SIGTERM")
    # It holds another identity and is finished: the job failed nevertheless.
    set_state(jobs[5], "finished")
    fail(folder, jobs[5], "holds a run of another identity")
    end = read_end(jobs, folder, takeover_seconds=60)
    assert end.reasons == {
        1: "the store is corrupt",
        2: "killed by SIGKILL (-9)",
        5: "holds a run of another identity",
    }
    assert end.unfinished == {
        3: "another process works on it: node1:7",
        4: "interrupted by SIGTERM",
        6: "it was not begun",
    }
    assert not end.is_good
    text = end.describe(Page(100))
    assert "sweep: 1 of 7 jobs done, 3 failed, 3 not finished" in text
    assert "failed: the store is corrupt\n  job 1 fold=1: " in text
    assert "1/traceback.txt" in text
    assert "not finished: it was not begun\n  job 6 fold=6\n" in text


def test_a_sweep_is_good_when_every_run_is_finished(sweep):
    folder, jobs = sweep
    for job in jobs:
        set_state(job, "finished")
    end = read_end(jobs, folder, takeover_seconds=60)
    assert end.is_good
    assert end.describe(Page(100)).endswith("sweep: 7 of 7 jobs done")
    set_state(jobs[3], "running")
    assert not read_end(jobs, folder, takeover_seconds=60).is_good


def test_jobs_without_a_run_must_have_ended_and_not_failed(tmp_path):
    jobs = [SweepJob(number, (f"seed={number}",), None) for number in range(3)]
    for number in (0, 1):
        (tmp_path / str(number)).mkdir()
        (tmp_path / str(number) / "ended").touch()
    fail(tmp_path, jobs[1], "no such cohort")
    end = read_end(jobs, tmp_path, takeover_seconds=60)
    assert (end.reasons, end.unfinished) == ({1: "no such cohort"}, {2: "it was not begun"})


def test_a_failure_is_known_by_its_overrides_if_folders_have_other_names(sweep):
    folder, jobs = sweep
    record_failure(folder / "t1_fold4", jobs[4].overrides, reason="why", text="Traceback")
    assert read_end(jobs, folder, takeover_seconds=60).reasons == {4: "why"}


def test_marks_of_an_earlier_sweep_in_the_same_folder_are_removed(sweep):
    folder, jobs = sweep
    fail(folder, jobs[0], "long ago")
    (folder / "1").mkdir()
    (folder / "1" / "ended").touch()
    assert count_ended(folder) == 2
    clear_marks(folder)
    assert count_ended(folder) == 0
