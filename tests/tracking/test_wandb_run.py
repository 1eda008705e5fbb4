"""Offline runs are separate, closed with their exit code, and say nothing of the machine."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import wandb

from cirrhosis.contracts.errors import ContractError
from cirrhosis.tracking.closing import close_logger
from cirrhosis.tracking.run_label import RunLabel
from cirrhosis.tracking.steady_logger import SteadyLogger
from cirrhosis.tracking.wandb_logger import open_wandb
from cirrhosis.tracking.wandb_run import open_run


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


LABEL = RunLabel("p", "g", "fold", "n", "id", ["tag"], {"a": 1})


@pytest.fixture
def asked(monkeypatch):
    """What W&B is asked for, and what it answers online."""
    answers = {"online": None, "calls": []}

    def answer(**words):
        answers["calls"].append(words)
        if words["mode"] == "online" and answers["online"]:
            raise answers["online"]

    monkeypatch.setattr(wandb, "init", answer)
    return answers


def test_online_differs_from_offline_in_the_mode_alone(tmp_path, asked):
    for mode in ("online", "offline"):
        open_run(LABEL, mode=mode, folder=tmp_path)
    online, offline = asked["calls"]
    assert (online.pop("mode"), offline.pop("mode")) == ("online", "offline")
    assert dict(online.pop("settings")) == dict(offline.pop("settings"))
    assert online == offline


def test_a_server_that_cannot_be_reached_costs_no_run(tmp_path, asked, caplog):
    asked["online"] = wandb.errors.CommError("no such host")
    open_run(LABEL, mode="online", folder=tmp_path)
    assert [call["mode"] for call in asked["calls"]] == ["online", "offline"]
    assert "wandb sync" in caplog.text


def test_an_account_that_is_needed_is_asked_for(tmp_path, asked):
    asked["online"] = wandb.errors.UsageError("No API key configured.")
    with pytest.raises(ContractError, match=r"No API key.*logger\.mode=offline"):
        open_run(LABEL, mode="online", folder=tmp_path)


def test_an_unknown_mode_is_refused(tmp_path):
    with pytest.raises(ContractError, match="offline, online, disabled, but got 'onlin'"):
        open_run(LABEL, mode="onlin", folder=tmp_path)
