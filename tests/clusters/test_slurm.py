"""A sweep in the queue of a real Slurm: nodes die, jobs are requeued and cancelled."""

import pytest

from tests.clusters.slurm_cluster import query
from tests.clusters.small_sweep import SEQUENCES, SmallSweep, wait_until
from tests.commands.in_process import make_root

pytestmark = pytest.mark.slow


@pytest.fixture
def sweep(slurm, tmp_path):
    words = ("hydra/launcher=slurm", "hydra.launcher.cpus_per_task=1")
    sweep = SmallSweep(make_root(tmp_path / "root"), *words)
    yield sweep
    sweep.stop()


def released(job: str) -> None:
    """Start a requeued job now; Slurm would let it wait for two minutes."""
    wait_until(lambda: state(job) == "PENDING", seconds=60)
    query("scontrol", "update", f"JobId={job}", "StartTime=now")


def state(job: str) -> str:
    return query("squeue", "-h", "-r", "-t", "all", "-j", job, "-o", "%T")


def job_ids() -> dict[str, str]:
    """Return Slurm's id of the newest sweep's jobs, by sequences."""
    newest = query("squeue", "-h", "-r", "-t", "all", "-S", "-V", "-o", "%F").split()[0]
    return {name: f"{newest}_{number}" for number, name in enumerate(SEQUENCES)}


def test_it_ends_complete_when_typed_again_after_a_node_died(slurm, sweep):
    first = sweep.start()
    sweep.await_two()
    victim = next(name for name in SEQUENCES[:2] if sweep.owner(name)[0] == "n2")
    requeued = job_ids()[victim]
    finished = sweep.finished
    # The node dies, and with it whoever waited for the sweep; the queue keeps its jobs.
    slurm.kill_node("n2")
    first.kill()
    first.wait()
    assert sweep.run() == 0, sweep.output.read_text()
    sweep.assert_complete()
    assert finished.items() <= sweep.finished.items()
    assert sweep.went_on(victim)
    # What Slurm starts again of the first sweep finds nothing to do.
    finished = sweep.finished
    if state(requeued) == "PENDING":
        released(requeued)
    wait_until(lambda: state(requeued) == "COMPLETED")
    assert sweep.finished == finished


def test_what_is_requeued_goes_on_and_what_is_cancelled_is_named(sweep):
    process = sweep.start()
    sweep.await_two()
    jobs = job_ids()
    # Its time is nearly up; it is preempted; it is cancelled by somebody.
    query("scancel", "--signal=USR2", jobs["t1"])
    query("scontrol", "requeue", jobs["t2"])
    query("scancel", jobs["t1+t2"])
    for name in ("t1", "t2"):
        released(jobs[name])
    assert process.wait(400) == 1
    output = sweep.output.read_text()
    assert set(sweep.finished) == {"t1", "t2"}, output
    assert sweep.went_on("t1")
    assert sweep.went_on("t2")
    assert f"Slurm's job {jobs['t1+t2']} ended without a result: CANCELLED" in output
    assert "Traceback" not in output
    finished = sweep.finished
    assert sweep.run() == 0
    sweep.assert_complete()
    assert finished.items() <= sweep.finished.items()
