import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.run import RunStatus, read_status, run_folder, write_status


def test_same_words_give_the_same_place(tmp_path):
    words = {
        "experiment": "e",
        "task": "classification",
        "variant": "v",
        "sequences": "t1+t2",
        "seed": 1,
        "fold": "0",
    }
    run = run_folder(tmp_path, **words)
    assert run == run_folder(tmp_path, **words)
    assert run.folder == tmp_path / "e/classification/v/t1+t2/seed-1/fold-0"
    places = {run.config, run.status, run.metrics, run.predictions, run.log, run.lock}
    assert len(places | {run.checkpoints}) == 7


def test_status_round_trip_and_refusals(tmp_path):
    path = tmp_path / "status.json"
    assert read_status(path) is None
    status = RunStatus("running", "f", {"seed": 1}).with_changes(owner="me")
    write_status(status, path)
    assert read_status(path) == status
    with pytest.raises(ContractError, match="got 'done'"):
        write_status(status.with_changes(state="done"), path)
    path.write_text('{"colour": "red"}')
    with pytest.raises(ContractError, match="is not a run status"):
        read_status(path)
