"""Training outlives W&B: its process is killed, and the run and the next one go on."""

import logging

import psutil

from cirrhosis.tracking.closing import close_logger
from cirrhosis.tracking.continued_steps import ContinuedSteps
from cirrhosis.tracking.run_label import RunLabel
from cirrhosis.tracking.steady_logger import SteadyLogger
from cirrhosis.tracking.wandb_logger import open_wandb
from tests.wandb_records import read_runs


def open_logger(folder, name):
    label = RunLabel("p", "g", "fold", name, name, ["tag"], {"sequences": "t1"})
    return SteadyLogger(open_wandb(label, mode="offline", folder=folder))


def kill_wandb():
    killed = [
        child
        for child in psutil.Process().children(recursive=True)
        if child.name().startswith("wandb-core")
    ]
    for child in killed:
        child.kill()
    psutil.wait_procs(killed)
    return len(killed)


def test_a_run_whose_tracker_died_goes_on_with_one_warning(tmp_path, caplog):
    logger = open_logger(tmp_path, "first")
    logger.log_metrics({"epoch": 0})
    assert kill_wandb() == 1
    steps = ContinuedSteps(logger)
    with caplog.at_level(logging.WARNING, logger="cirrhosis"):
        for epoch in range(1, 200):
            logger.log_metrics({"epoch": epoch})
        assert steps.state_dict() == {"step": 0}
        steps.load_state_dict({"step": 9})
        logger.finalize("success")
        close_logger(logger, failed=False)
    warnings = [record for record in caplog.records if record.name == "cirrhosis"]
    assert len(warnings) == 1
    assert "metrics.csv" in warnings[0].message

    second = open_logger(tmp_path, "second")
    second.log_metrics({"epoch": 0})
    close_logger(second, failed=False)
    *_, run = read_runs(tmp_path / "wandb")
    assert (run.run.display_name, run.exit_code) == ("second", 0)
