import pytest

from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.run import RunStatus, run_folder, write_status
from cirrhosis.runs.collection import collect_predictions
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
    content["callbacks"] = {"restart_every_n_epochs": 5}
    return content | {"paths": "a", "logger": "b"} | changes


def identity(**changes):
    return make_identity(config(**changes), split_hash="s", data_hash="d")


def test_places_do_not_change_the_identity_and_results_do():
    same = identity(paths="elsewhere", logger="none", trainer=config()["trainer"] | {"devices": 2})
    assert fingerprint(identity()) == fingerprint(same)
    assert fingerprint(identity()) != fingerprint(identity(model={"x": 2}))
    other = make_identity(config(), split_hash="t", data_hash="d")
    assert fingerprint(identity()) != fingerprint(other)


def test_difference_names_the_setting_and_both_values():
    refuse_difference(identity(), identity(), "here")
    with pytest.raises(ContractError, match=r"here .*config.model.x: 1 there, 2 now"):
        refuse_difference(identity(), identity(model={"x": 2}), "here")


def test_variant_depends_on_overrides_that_change_results():
    places = ["experiment=demo", "sequences=t1", "fold=0", "seed=3", "hydra/launcher=two"]
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
