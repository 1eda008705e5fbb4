"""Training outlives W&B: its process is killed, and the run and the next one go on."""

import logging
import os

import psutil

from cirrhosis.tracking.closing import close_logger
from cirrhosis.tracking.continued_steps import ContinuedSteps
from cirrhosis.tracking.run_label import RunLabel
from cirrhosis.tracking.steady_logger import SteadyLogger
from cirrhosis.tracking.wandb_logger import open_wandb
from tests.command_process import CONTEXT
from tests.wandb_records import read_runs


def test_a_run_whose_tracker_died_goes_on_with_one_warning(tmp_path):
    # In a process of its own: W&B leaves the handle of the killed one behind.
    process = CONTEXT.Process(target=outlive_wandb, args=(tmp_path,))
    process.start()
    process.join(120)
    assert process.exitcode == 0
    first, second = read_runs(tmp_path / "wandb")
    assert first.exit_code is None
    assert (second.run.display_name, second.exit_code) == ("second", 0)


def outlive_wandb(folder):
    # Else it would talk to the process of W&B that belongs to the tests.
    os.environ.pop("WANDB_SERVICE", None)
    told = []
    logging.getLogger("cirrhosis").addHandler(Listener(told))
    logger = open_logger(folder, "first")
    logger.log_metrics({"epoch": 0})
    assert kill_wandb() == 1
    steps = ContinuedSteps(logger)
    for epoch in range(1, 200):
        logger.log_metrics({"epoch": epoch})
    assert steps.state_dict() == {"step": 0}
    steps.load_state_dict({"step": 9})
    logger.finalize("success")
    close_logger(logger, failed=False)
    assert len(told) == 1
    assert "metrics.csv" in told[0]

    second = open_logger(folder, "second")
    second.log_metrics({"epoch": 0})
    close_logger(second, failed=False)


class Listener(logging.Handler):
    def __init__(self, told):
        super().__init__()
        self.told = told

    def emit(self, record):
        self.told.append(record.getMessage())


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
