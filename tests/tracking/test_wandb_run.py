"""Offline runs are separate, closed with their exit code, and say nothing of the machine."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cirrhosis.tracking.closing import close_logger
from cirrhosis.tracking.run_label import RunLabel
from cirrhosis.tracking.steady_logger import SteadyLogger
from cirrhosis.tracking.wandb_logger import open_wandb


def log_run(folder, name, *, failed):
    label = RunLabel("p", "g", "fold", name, name, ["tag"], {"sequences": "t1+t2"})
    logger = SteadyLogger(open_wandb(label, mode="offline", folder=folder))
    logger.log_metrics({"epoch": 0, "val/auroc": 0.7, "val/loss": 0.5})
    logger.log_metrics({"epoch": 1, "val/auroc": 0.6, "val/loss": 0.4})
    close_logger(logger, failed=failed)


def inspect(path: Path) -> dict:
    tool = Path(sys.executable).with_name("wandb")
    line = [str(tool), "leet", "inspect", "--summary", "--json", str(path)]
    answer = subprocess.run(line, capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wandb")
    log_run(folder / "a", "first", failed=False)
    log_run(folder / "b", "second", failed=True)
    return [next(folder.glob(f"{part}/wandb/offline-run-*/*.wandb")) for part in "ab"]


def test_two_runs_in_one_process_stay_two(files):
    first, second = map(inspect, files)
    assert (first["name"], second["name"]) == ("first", "second")
    assert first["config"]["sequences"] == "t1+t2"


def test_failure_is_told_from_success(files):
    first, second = map(inspect, files)
    assert first["exit_code"] == 0
    assert second["exit_code"] == 1


def test_best_values_are_summarised(files):
    summary = inspect(files[0])["summary"]
    assert summary["val/auroc"]["max"] == pytest.approx(0.7)
    assert summary["val/loss"]["min"] == pytest.approx(0.4)


def test_machine_and_place_are_not_captured(files):
    content = files[0].read_bytes()
    assert str(Path.home()).encode() not in content
    # Only a name that cannot stand there by accident proves something.
    host = socket.gethostname().encode()
    assert len(host) < 6 or host not in content
