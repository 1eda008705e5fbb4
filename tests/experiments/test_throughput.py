"""The benchmarks of training: every number that is promised is there, and positive."""

import importlib.util
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "experiments" / "throughput"


def call(script, *words):
    """Run a benchmark as its users do; its modules lie beside it."""
    done = subprocess.run(
        [sys.executable, FOLDER / script, *map(str, words)],
        env=os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    path = tmp_path_factory.mktemp("step") / "step.json"
    call("step.py", "--quick", "--json", path)
    return json.loads(path.read_text())


def test_a_step_and_a_run_are_held_against_the_network_alone(steps):
    case = steps["cpu"]["16"]
    for name in ("overhead", "run_ratio", "samples_per_second"):
        assert case[name] > 0
        assert steps[name] == case[name]
    assert case["batch_size"] == 8
    assert case["n_channels"] == 20
    assert case["bare_flops_per_step"] > 0
    assert case["overhead_spread"]["rounds"] == 2
    assert case["run_n_steps"] == 6
    assert case["share_of_peak"] is None
    assert "no peak" in case["share_of_peak_absent_for"]


def test_parts_add_up_to_the_whole(steps):
    case = steps["cpu"]["16"]
    assert sum(case["run_ratio_parts"].values()) == pytest.approx(case["run_ratio"])
    assert 1 + sum(case["overhead_parts"].values()) == pytest.approx(case["overhead"])
    expected = {"checkpoints", "loading", "prediction", "rest", "tracking"}
    assert set(case["run_ratio_parts"]) == expected | {"training_steps", "validation"}
    assert all(math.isfinite(part) and part > 0 for part in case["run_ratio_parts"].values())


@pytest.mark.slow
def test_one_command_makes_table_and_figure_and_names_what_failed(tmp_path):
    call("run.py", "--quick", "--only", "step", "baseline_monai", "--out", tmp_path)
    baseline = json.loads((tmp_path / "baseline_monai.json").read_text())
    assert baseline["ratio"]["cpu small 16"] > 0
    assert set(baseline["cases"]["cpu small 16"]["epoch_seconds"]) == {
        "ours",
        "0 workers",
        "1 workers",
    }
    page = (tmp_path / "table.md").read_text()
    assert "SYNTHETIC" in page
    assert "| cpu 16 x 16 |" in page
    assert (tmp_path / "throughput.svg").stat().st_size < 300_000


@pytest.fixture
def run(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    # By its path: other experiments have a module `run`, too.
    spec = importlib.util.spec_from_file_location("throughput_run", FOLDER / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_failed_benchmark_is_named_and_leaves_no_old_numbers(run, tmp_path, monkeypatch):
    (tmp_path / "step.py").write_text("raise ValueError('broken on purpose')")
    (tmp_path / "step.json").write_text("{}")
    monkeypatch.setattr(run, "HERE", tmp_path)
    known = {
        name: run.run_one(run.Benchmark(name), tmp_path, quick=True)
        for name in ("step", "cohort_size")
    }
    assert known["step"]["exit_code"] == 1
    assert "broken on purpose" in known["step"]["error"]
    assert not (tmp_path / "step.json").exists()
    assert known["cohort_size"]["error"] == "there is no such script"
    assert run.read_results(tmp_path, known) == {}
    assert run.make_page({}, known).count("FAILED") == 2
