"""A search: what it goes by, what it refuses, and what it leaves."""

import json
from dataclasses import replace

import pandas as pd
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.objective import refuse_search, refuse_unsearchable
from cirrhosis.commands.run_place import name_overrides
from cirrhosis.commands.search_report import list_parameters
from cirrhosis.commands.search_table import tabulate_trials
from cirrhosis.commands.sweep import expand_all
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.run import read_status
from cirrhosis.contracts.sides import choose_sides
from cirrhosis.contracts.splits import read_splits, write_splits
from cirrhosis.contracts.store import write_manifest
from tests.commands.in_process import make_root, place, train_here
from tests.made_store import make_split, make_store

QUICK = ("protocol.minimum_stopping=5", "trainer.max_epochs=2", "logger=none", "sequences=t1")


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return make_root(tmp_path_factory.mktemp("root"))


def composed(*words):
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        return compose("train", ["sequences=t1", *words], return_hydra_config=True)


def test_the_example_maximises_over_rate_dropout_and_augmentation_with_all_folds_in_a_job():
    config = composed("search=learning", "seed=7")
    sweeper = config.hydra.sweeper
    assert config.fold == "all"
    assert sweeper.direction == "maximize"
    assert sweeper.sampler.seed == 7
    assert sweeper._target_.endswith("OptunaSweeper")
    assert list(sweeper.params) == ["optimizer.lr", "model.dropout", "augmentation"]
    assert config.hydra.runtime.choices["hydra/launcher"] == "workers"


def test_networks_have_the_settings_that_the_example_searches_over():
    for model in ("small", "resnet18"):
        config = composed("search=learning", f"model={model}")
        assert all(
            OmegaConf.select(config, name) is not None for name in config.hydra.sweeper.params
        )


def test_the_mean_of_the_stopping_rows_is_returned_and_also_when_all_is_skipped(root, monkeypatch):
    value = train_here(root, monkeypatch, *QUICK, "fold=all")
    best = [read_status(place(root, fold=fold).status).best for fold in range(5)]
    assert value == pytest.approx(sum(best) / 5)
    held_out = place(root).predictions.stat().st_mtime_ns
    assert train_here(root, monkeypatch, *QUICK, "fold=all") == value
    assert place(root).predictions.stat().st_mtime_ns == held_out


def test_nothing_is_returned_where_no_row_stops(root, monkeypatch):
    words = ("protocol=fixed_epochs", "protocol.fixed_epochs=1", "fold=0", "variant=fixed")
    assert train_here(root, monkeypatch, "sequences=t1", "logger=none", *words) is None


def test_labels_of_the_held_out_fold_and_of_tests_change_no_value_to_search_by(
    tmp_path, monkeypatch
):
    found = {}
    for name, is_swapped in (("true", False), ("swapped", True)):
        root = tmp_path / name
        splits = make_split(root / "splits" / "made.csv")
        manifest = make_store(root / "prepared" / "made", splits)
        if is_swapped:
            table = splits.table.copy()
            unseen = (table["fold"] == 0).fillna(False) | (table["split"] != "training")
            table.loc[unseen, "target"] = 1 - table.loc[unseen, "target"]
            (root / "splits" / "made.csv").unlink()
            splits = write_splits(table, root / "splits" / "made.csv")
            write_manifest(replace(manifest, split_hash=splits.hash), root / "prepared" / "made")
        rates = ("0.03", "0.0001")
        found[name] = [
            train_here(
                root, monkeypatch, *QUICK, "fold=0", f"optimizer.lr={rate}", f"variant=v{rate}"
            )
            for rate in rates
        ]
        rows = read_predictions(place(root, variant="v0.03").predictions)
        found[f"{name} labels"] = list(rows["y_true"])
    assert found["true"] == found["swapped"]
    assert found["true"][0] != found["true"][1]
    assert found["true labels"] == [1 - label for label in found["swapped labels"]]


def test_over_all_folds_every_training_patient_stops_one_network(root):
    splits = read_splits(root / "splits" / "made.csv")
    stopping = [
        patient
        for fold in range(splits.n_folds)
        for patient in choose_sides(splits, fold, protocol="nested", minimum_stopping=5).stopping
    ]
    training = splits.included[splits.included["split"] == "training"]["patient_id"]
    assert sorted(stopping) == sorted(training)


@pytest.mark.parametrize(
    ("protocol", "minimum", "message"),
    [
        ("paper", 5, "which stops on the held-out rows"),
        ("fixed_epochs", 5, "5 of 5 have none: 'protocol=fixed_epochs'"),
        ("nested", 15, "too few to stop on"),
    ],
)
def test_a_search_without_stopping_rows_is_refused(root, monkeypatch, protocol, minimum, message):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(root))
    words = (f"protocol={protocol}", f"protocol.minimum_stopping={minimum}", "name=made")
    with pytest.raises(ContractError, match=message):
        refuse_search(composed("search=learning", *words))


def test_one_fold_without_stopping_rows_is_enough_to_refuse(root):
    splits = read_splits(root / "splits" / "made.csv")
    good = choose_sides(splits, 0, protocol="nested", minimum_stopping=5)
    refuse_unsearchable([good])
    with pytest.raises(ContractError, match="1 of 2 have none"):
        refuse_unsearchable([good, replace(good, stopping=(), note="too few")])


def hydra(*task, direction="maximize", **params):
    return OmegaConf.create(
        {
            "sweeper": {"direction": direction, "params": params},
            "overrides": {"task": list(task)},
        }
    )


def test_ranges_of_the_file_and_of_the_command_line_are_searched_over():
    words = ("search=learning", "optimizer.lr=0.01", "model.dropout=interval(0,1)", "seed=3")
    given = hydra(*words, **{"optimizer.lr": "interval(1e-4, 1e-2)", "augmentation": "choice(a,b)"})
    assert list_parameters(given) == ["augmentation", "model.dropout"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (hydra("model.dropout=choice(0,1)", direction="minimize"), "search=optuna sets it"),
        (hydra("optimizer.lr=0.1"), "every setting has one value"),
        (hydra("model.dropout=0.1,0.2", "fold=0,1"), "one value of 'fold'"),
        (hydra("model.dropout=0.1,0.2", "seed=range(1,4)"), "one value of 'seed'"),
        (hydra("model.dropout=0.1,0.2", "variant=mine"), "no `variant` in a search"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_the_remedy(given, message):
    with pytest.raises(ContractError, match=message):
        list_parameters(given)


def test_all_folds_stay_one_job_in_a_search_and_become_five_in_a_sweep(root, monkeypatch):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(root))
    words = ["-m", "name=made", "sequences=t1", "fold=all"]
    assert expand_all("train", [*words, "search=learning"])[3] == "fold=all"
    assert expand_all("train", words)[3] == "fold=0,1,2,3,4"


def test_a_trial_and_the_same_settings_without_a_search_are_one_variant():
    settings = ["optimizer.lr=0.0006824078427098838", "augmentation=none"]
    assert name_overrides([*settings, "search=learning", "fold=all"]) == name_overrides(settings)


def write_job(folder, name, record):
    folder.mkdir(parents=True)
    (folder / name).write_text(json.dumps(record))


def trial(rate, *stopping):
    return {
        "overrides": [f"optimizer.lr={rate}", "sequences=t1+t2"],
        "variant": f"v{rate}",
        "folder": f"runs/v{rate}",
        "stopping": {str(fold): value for fold, value in enumerate(stopping)},
        "minutes": 1.5,
    }


def test_the_table_holds_values_folds_and_reasons_and_marks_the_first_of_the_best(tmp_path):
    write_job(tmp_path / "10", "trial.json", trial("3", 0.8, 0.6))
    write_job(tmp_path / "0", "trial.json", trial("1", 0.5, 0.7))
    write_job(tmp_path / "2", "trial.json", trial("2", 0.6, 0.8))
    write_job(
        tmp_path / "1", "failed.json", {"overrides": ["optimizer.lr=9"], "reason": "diverged"}
    )
    (tmp_path / "3").mkdir()
    table = tabulate_trials(tmp_path, ["optimizer.lr"])
    assert list(table["trial"]) == [0, 1, 2, 10]
    assert list(table["chosen"]) == [False, False, True, False]
    assert list(table["optimizer.lr"]) == ["1", "9", "2", "3"]
    assert table.loc[0, "auroc_stopping"] == pytest.approx(0.6)
    assert table.loc[3, "auroc_stopping_fold_1"] == 0.6
    assert table.loc[1, "state"] == "failed"
    assert table.loc[1, "reason"] == "diverged"
    assert pd.isna(table.loc[1, "auroc_stopping"])


def test_a_search_of_which_nothing_ended_has_an_empty_table(tmp_path):
    table = tabulate_trials(tmp_path, ["optimizer.lr"])
    assert list(table) == ["trial", "state", "chosen", "auroc_stopping", "optimizer.lr"]
    assert table.empty
