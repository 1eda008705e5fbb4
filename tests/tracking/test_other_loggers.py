"""CSV, TensorBoard and MLflow: runs go on, are closed, and are silent about the machine."""

import getpass
import os
import sqlite3
import sys
from pathlib import Path

import pandas as pd
import pytest

from cirrhosis.tracking.closing import close_logger
from cirrhosis.tracking.file_loggers import open_csv, open_tensorboard
from cirrhosis.tracking.mlflow_run import open_mlflow
from cirrhosis.tracking.run_label import RunLabel
from cirrhosis.tracking.steady_logger import SteadyLogger

LABEL = RunLabel("p", "made-v", "fold", "t1-f0-s1", "t1-f0-s1-0a", ["made"], {"a": {"b": 1}})
USER = "alice.example"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home whose name would be recognised."""
    folder = tmp_path / USER
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    for name in ("USER", "LOGNAME"):
        monkeypatch.setenv(name, USER)
    assert getpass.getuser() == USER
    return folder


def log_attempt(tracker, epochs, *, failed):
    logger = SteadyLogger(tracker)
    for epoch in epochs:
        logger.log_metrics({"epoch": epoch, "val/auroc": 0.5 + epoch / 10}, epoch)
    close_logger(logger, failed=failed)


def assert_says_nothing(folder):
    content = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    secrets = [USER, str(Path.cwd()), sys.argv[0], os.environ["HOME"]]
    assert [secret for secret in secrets if secret.encode() in content] == []


def test_attempts_of_a_run_lose_no_table(home):
    for epochs in ([0, 1], [2]):
        log_attempt(open_csv(LABEL, folder=home, anew=False), epochs, failed=epochs == [0, 1])
    tables = sorted(home.glob("made-v/t1-f0-s1/version_*/metrics.csv"))
    assert [pd.read_csv(path)["epoch"].tolist() for path in tables] == [[0, 1], [2]]
    log_attempt(open_csv(LABEL, folder=home, anew=True), [0], failed=False)
    assert len(list(home.glob("made-v/t1-f0-s1/version_*"))) == 1
    assert_says_nothing(home)


def test_tensorboard_shows_attempts_as_one_run(home):
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator",
        reason="tensorboard is not installed: pip install 'cirrhosis[loggers]'",
    )
    for epochs in ([0, 1], [2]):
        log_attempt(open_tensorboard(LABEL, folder=home, anew=False), epochs, failed=False)
    place = home / "made-v" / "t1-f0-s1"
    events = accumulator.EventAccumulator(str(place)).Reload().Scalars("val/auroc")
    assert [event.step for event in events] == [0, 1, 2]
    assert_says_nothing(home)


def test_mlflow_goes_on_with_a_run_and_tells_how_it_ended(home):
    pytest.importorskip(
        "mlflow", reason="mlflow is not installed: pip install 'cirrhosis[loggers]'"
    )
    for epochs, failed in (([0, 1], True), ([2], False)):
        tracker = open_mlflow(LABEL, uri=None, folder=home, anew=False)
        log_attempt(tracker, epochs, failed=failed)
        state = ask(home, "select status from runs")
        assert state == [("FAILED" if failed else "FINISHED",)]
    log_attempt(open_mlflow(LABEL, uri=None, folder=home, anew=True), [0], failed=False)
    assert len(ask(home, "select run_uuid from runs")) == 2
    assert ask(home, "select distinct name, user_id from runs") == [("made-v/t1-f0-s1", "")]
    steps = ask(home, "select step from metrics where key='val/auroc' order by step")
    assert [step for (step,) in steps] == [0, 0, 1, 2]
    assert ("a/b", "1") in ask(home, "select key, value from params")
    assert_says_nothing(home)


def ask(folder, query):
    connection = sqlite3.connect(folder / "mlflow.db")
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()
