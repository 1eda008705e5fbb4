"""The benchmark of what a run costs beside its training: every promised number is there."""

import json

import pytest

from tests.experiments.test_throughput import call


@pytest.mark.slow
def test_overhead_and_start_are_measured_by_part(tmp_path):
    path = tmp_path / "overhead.json"
    output = call("overhead.py", "--quick", "--json", path)
    found = json.loads(path.read_text())
    assert found["overhead_seconds"] > 0
    assert found["first_batch_seconds"] > 0
    assert set(found["sweeps"]) == {"none", "wandb offline"}
    for row in found["sweeps"].values():
        outside = sum(row["first_parts"].values()) - row["first_parts"]["training_loop"]
        assert outside == pytest.approx(row["first"])
        assert {"configuration", "prediction", "rest", "sources", "writing"} <= set(
            row["later_parts"]
        )
    assert "start 1: first batch after" in output
