"""The benchmarks of training: every number that is promised is there, and positive."""

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
