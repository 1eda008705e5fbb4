import pandas as pd
import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.predictions import COLUMNS, write_predictions
from cirrhosis.contracts.run import RunStatus, run_folder, write_status
from cirrhosis.runs.collection import collect_pairs, collect_predictions
from cirrhosis.runs.identity import (
    RELEVANT,
    fingerprint,
    make_identity,
    name_variant,
    refuse_difference,
)


def config(**changes):
    content = {name: {"x": 1} for name in RELEVANT}
    content["trainer"] = {"max_epochs": 5, "accelerator": "cpu", "devices": 1}
    content["callbacks"] = {"restart_every_n_epochs": 5, "keep_weights": True}
    return content | {"paths": "a", "logger": "b"} | changes


def identity(**changes):
    return make_identity(config(**changes), split_hash="s", data_hash="d")


def test_places_do_not_change_the_identity_and_results_do():
    same = identity(paths="elsewhere", logger="none", trainer=config()["trainer"] | {"devices": 2})
    assert fingerprint(identity()) == fingerprint(same)
    rare = {"restart_every_n_epochs": 0, "restart_every_n_seconds": 9, "keep_weights": False}
    assert fingerprint(identity()) == fingerprint(identity(callbacks=rare))
    assert fingerprint(identity()) != fingerprint(identity(model={"x": 2}))
    other = make_identity(config(), split_hash="t", data_hash="d")
    assert fingerprint(identity()) != fingerprint(other)


def test_difference_names_the_setting_and_both_values():
    refuse_difference(identity(), identity(), "here")
    with pytest.raises(ContractError, match=r"here .*config.model.x: 1 there, 2 now"):
        refuse_difference(identity(), identity(model={"x": 2}), "here")


def test_variant_depends_on_overrides_that_change_results():
    places = ["experiment=demo", "sequences=t1", "fold=0", "seed=3", "hydra/launcher=joblib"]
    assert name_variant(places) == "default"
    first = name_variant(["optimizer.lr=1", "model=small"])
    assert first == name_variant([*places, "model=small", "optimizer.lr=1"])
    assert first != name_variant(["optimizer.lr=2", "model=small"])
    assert name_variant(["split.n_folds=3"]) != "default"
    assert name_variant(["split.name=x"]) == "default"


def test_runs_of_different_data_are_not_put_together(tmp_path):
    with pytest.raises(ContractError, match="expected finished runs"):
        collect_predictions(tmp_path)
    for fold, data in enumerate(["d", "e"]):
        run = run_folder(
            tmp_path, experiment="e", task="t", variant="v", sequences="t1", seed=1, fold=str(fold)
        )
        content = make_identity(config(), split_hash="s", data_hash=data)
        write_status(RunStatus("finished", "f", content), run.status)
    with pytest.raises(ContractError, match="share one data hash, but found 'd', 'e'"):
        collect_predictions(tmp_path)


def write_run(root, fold, patients):
    run = run_folder(
        root, experiment="e", task="t", variant="v", sequences="t1", seed=1, fold=str(fold)
    )
    content = make_identity(config(fold=fold), split_hash="s", data_hash="d")
    write_status(RunStatus("finished", "f", content), run.status)
    rows = [
        ["e", "v", "cnn", "t1", "nested", 1, own, "training", name, 1, 0.5, "probability", None]
        for name, own in patients.items()
    ]
    write_predictions(pd.DataFrame(rows, columns=COLUMNS), run.predictions)


def test_runs_of_one_fold_and_of_two_are_kept_apart(tmp_path):
    for fold in range(3):
        write_run(tmp_path, fold, {f"P{fold}": fold})
    assert collect_pairs(tmp_path).empty
    for one, other in ((0, 1), (0, 2), (1, 2)):
        write_run(tmp_path, f"{one}-{other}", {f"P{one}": one, f"P{other}": other})
    outer = collect_predictions(tmp_path)
    assert sorted(outer["patient_id"]) == ["P0", "P1", "P2"]
    pairs = collect_pairs(tmp_path)
    assert list(pairs.columns) == [*COLUMNS, "without"]
    found = set(zip(pairs["patient_id"], pairs["fold"], pairs["without"], strict=True))
    assert found == {(f"P{k}", k, j) for k in range(3) for j in range(3) if j != k}
