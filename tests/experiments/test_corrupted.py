"""Some of the 200 corrupted inputs; the others take minutes (`experiments/corrupted`)."""

import json
import os
import subprocess
import sys

import pandas as pd

from tests.conftest import ROOT

ALLOWED = {"refused", "correct", "noticed", "values", "shorter", "undone"}


def test_corrupted_studies_end_as_failures_or_in_the_right_place(tmp_path):
    command = [sys.executable, str(ROOT / "experiments" / "corrupted" / "run.py"), "--every", "12"]
    places = ["--out", str(tmp_path / "work"), "--results", str(tmp_path / "results")]
    one_thread = {"OMP_NUM_THREADS": "1", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1"}
    ended = subprocess.run(
        command + places, env=os.environ | one_thread, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    table = pd.read_csv(tmp_path / "results" / "made.csv")
    assert len(table) == 17
    assert set(table["ending"]) <= ALLOWED
    assert (table["ending"] == "refused").sum() > 8
    assert table.loc[table["ending"] == "refused", "reason"].str.len().min() > 20
    assert json.loads((tmp_path / "results" / "made.json").read_text())["inputs"] == 17
