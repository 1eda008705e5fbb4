"""What became of the runs behind a comparison, and whom they left out."""

import pandas as pd
import pytest

from cirrhosis.commands.combination_runs import describe_runs, find_left_out
from cirrhosis.commands.variants import read_network_rows
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.left_out import COLUMNS, write_left_out
from cirrhosis.contracts.run import RunFolder, RunStatus, write_status

LEFT_OUT = pd.DataFrame(
    [
        ("P1", "training", 0, "complete_case", "pvp"),
        ("P2", "external", pd.NA, "complete_case", "pvp"),
        ("P3", "training", 1, "not_prepared", pd.NA),
    ],
    columns=list(COLUMNS),
)


@pytest.fixture
def values(tmp_path):
    return {
        "paths": {"runs": tmp_path},
        "name": "made",
        "task": {"name": "classification"},
        "takeover_seconds": 300,
        "predictions": None,
        "seed": 1,
    }


def put(values, fold, state="finished", *, seed=1, split="s", reason=""):
    """Write a run that says nothing but how it stands."""
    place = values["paths"]["runs"] / "made/classification/v/t1" / f"seed-{seed}/fold-{fold}"
    place.mkdir(parents=True)
    identity = {"config": {"fold": fold}, "split_hash": split, "data_hash": "d"}
    status = RunStatus(state, "f", identity, reason=reason)
    write_status(status, RunFolder(place).status)
    write_left_out(LEFT_OUT, place)


def test_folds_are_counted_by_state_and_absent_ones_are_pending(values):
    put(values, 0)
    put(values, 1, "failed", reason="ValueError: no room")
    # A pair of folds is for the nested fusion.
    put(values, "0-1")
    put(values, 0, seed=2)
    first, second = describe_runs(values, "v", n_folds=3).to_dict("records")
    assert (first["n_finished"], first["n_failed"], first["n_pending"]) == (1, 1, 1)
    assert first["reason"] == "fold 1: ValueError: no room"
    assert (second["seed"], second["n_finished"], second["n_pending"]) == (2, 1, 2)


def test_patients_without_a_sequence_are_found_and_training_ones_counted(values):
    put(values, 0)
    assert describe_runs(values, "v", n_folds=3)["n_left_out"].item() == 1
    assert find_left_out(values, "v", "t1")["patient_id"].tolist() == ["P1", "P2"]
    assert find_left_out(values, "v", "t2").empty


def test_seeds_of_different_splits_are_refused(values):
    put(values, 0)
    put(values, 0, seed=2, split="another")
    with pytest.raises(ContractError, match="share one split hash"):
        read_network_rows(values, "v")
