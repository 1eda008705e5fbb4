"""Time and memory against the cohort's size are measured in processes of their own."""

import importlib
import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "throughput"


@pytest.fixture
def experiment(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("cohort_size")


@pytest.mark.parametrize("residency", ["host", "stream"])
def test_a_case_measures_loading_epochs_and_peak_memory(experiment, tmp_path, residency):
    experiment.write_cohort(tmp_path, 40)
    row = experiment.measure(tmp_path, 40, residency, 2)
    assert row["n_patients"] == 40
    assert row["residency"] == residency
    assert min(row["loading_seconds"], row["epoch_seconds"], row["first_epoch_seconds"]) > 0
    assert row["n_processes"] == (1 if residency == "host" else 1 + experiment.WORKERS)


def test_sizes_may_do_the_same_number_of_batches(experiment, tmp_path):
    assert experiment.deal_batches(4, 2, None) == [4, 4, 4]
    assert experiment.deal_batches(4, 2, 10) == [4, 4, 2]
    assert experiment.deal_batches(4, 2, 3) == [3]
    experiment.write_cohort(tmp_path, 40)
    row = experiment.measure(tmp_path, 40, "host", 2, 3)
    assert row["n_batches"] == 3


def test_growth_is_an_exponent(experiment):
    rows = [
        {"residency": "host", "n_patients": n, "epoch_seconds": n / 50, "peak_mib": 7.0}
        for n in (10, 100, 1000)
    ]
    growth = experiment.describe_growth(rows, "host")
    assert growth["time_exponent"] == pytest.approx(1)
    assert growth["memory_exponent"] == growth["memory_added_mib"] == 0
    assert experiment.describe_growth(rows[:1], "host") == {}


@pytest.mark.slow
def test_one_command_writes_the_numbers(experiment, tmp_path, capsys):
    experiment.main(["--json", str(tmp_path / "f.json"), "--sizes", "40", "--epochs", "1"])
    written = json.loads((tmp_path / "f.json").read_text())
    assert [(row["n_patients"], row["residency"]) for row in written["rows"]] == [
        (40, "host"),
        (40, "stream"),
    ]
    assert written["growth"].keys() == {"host", "stream"}
    assert "ms/patient" in capsys.readouterr().out
