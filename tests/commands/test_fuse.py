"""Fusion without run folders: blood tests alone, and networks trained elsewhere."""

import numpy as np
import pandas as pd
import pytest
from hydra import compose, initialize_config_dir

from cirrhosis.commands.configuration import CONF, plain
from cirrhosis.commands.fuse import read_choice, run
from cirrhosis.commands.result_sources import read_sources
from cirrhosis.commands.result_tables import list_steps
from cirrhosis.contracts.cohort import write_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.predictions import read_predictions, write_predictions
from cirrhosis.contracts.splits import write_splits
from tests.fusion.made_cohort import make_cohort, make_splits

SETTINGS = (
    "name=made",
    "seed=17",
    "n_workers=1",
    "logger=none",
    "fusion.selection_trees=5",
    "fusion.n_estimators=[5]",
    "fusion.max_depth=[3]",
    "fusion.min_samples_leaf=[2]",
    "fusion.permutation_repeats=1",
)
VOLUMES = ("patient_id", "study_date", "sequence", "path", "liver_mask_path")


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(tmp_path))
    cnn, patients = make_cohort(n_training=60, n_test=10)
    labels = {"fibrosis_scheme": "metavir", "fibrosis_stage": "4"}
    volumes = pd.DataFrame(columns=VOLUMES, dtype="string")
    write_cohort(tmp_path / "cohorts" / "made", patients.assign(**labels), volumes)
    write_splits(make_splits(cnn), tmp_path / "splits" / "made.csv")
    rng = np.random.default_rng(2)
    worse = cnn.assign(sequences="t1", y_score=rng.random(len(cnn)))
    write_predictions(pd.concat([cnn, worse]), tmp_path / "outside.csv")
    return tmp_path


def fuse(*words):
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        config = compose("fuse", [*SETTINGS, *words])
    run(config)


def compose_plain(command, *words):
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        return plain(compose(command, [*SETTINGS, *words]))


def read_models(root, variant):
    return read_predictions(root / f"results/made/{variant}/fusion/predictions.csv")


def test_blood_tests_alone_need_no_runs(root, capsys):
    fuse(
        "fusion.sequences=none",
        "fusion.baselines=[{name: platelets, column: platelets_e9_per_l, direction: lower}]",
    )
    rows = read_models(root, "clinical")
    models = {"clinical", "fib4", "apri", "reader_1", "reader_2", "platelets"}
    assert set(rows["model"]) == models
    assert set(rows["experiment"]) == {"made"}
    values = {"paths": {"results": root / "results"}, "name": "made"}
    assert read_choice(values, "clinical")["sequences"] == "none"
    assert "fused none" in capsys.readouterr().out


def test_values_that_the_split_takes_as_missing_are_missing_to_the_forest(root):
    patients = pd.read_csv(root / "cohorts" / "made" / "patients.csv")["patient_id"]
    rows = [(name, "inr", "missing") for name in patients[:4]] + [(patients[5], "inr", "ignore")]
    found = pd.DataFrame(rows, columns=["patient_id", "column", "treatment"])
    found.to_csv(root / "splits" / "made.implausible.csv", index=False)
    fuse("fusion.sequences=none", "fusion.missing=impute")
    counts = pd.read_csv(root / "results/made/clinical/fusion/counts.csv")
    of_inr = counts[(counts["variable"] == "inr") & counts["fold"].isna()]
    assert of_inr["n_missing"].sum() == 4


def test_networks_trained_elsewhere_are_fused(root):
    fuse(f"predictions={root / 'outside.csv'}")
    rows = read_models(root, "v1")
    assert {"combined", "clinical", "cnn"} <= set(rows["model"])
    # The rule chooses among the combinations of the table.
    assert set(rows["sequences"]) == {"t1+t2"}


def test_the_rule_and_other_seeds_are_named(root, capsys):
    path = root / "outside.csv"
    rows = read_predictions(path)
    write_predictions(pd.concat([rows, rows.assign(seed=18)]), path)
    fuse(f"predictions={path}")
    shown = capsys.readouterr().out
    assert "rule of the choice: article: among combinations close" in shown
    assert "article: t1+t2 (decides)" in shown
    assert "networks of seed 18 were trained too; this fuses seed 17" in shown
    words = f"predictions={path}"
    sources = read_sources(compose_plain("evaluate", words), "v1")
    [tables] = [step(sources) for step in list_steps(sources) if "combinations" in step.__name__]
    assert tables["combinations"]["seed"].eq(17).all()
    assert tables["combination_seeds"]["seeds"].eq("17, 18").all()
    # There are no runs of our own to tell of.
    assert "combination_runs" not in tables
    with pytest.raises(
        ContractError, match="expected the fusion of seed 18, found that of seed 17"
    ):
        read_sources(compose_plain("evaluate", words, "seed=18"), "v1")


def test_combinations_of_one_class_cannot_be_chosen_from(root):
    path = root / "outside.csv"
    rows = read_predictions(path)
    write_predictions(rows[(rows["y_true"] == 1) | (rows["split"] != "training")], path)
    with pytest.raises(ContractError, match="none has patients of both classes"):
        fuse(f"predictions={path}")


@pytest.mark.parametrize(
    ("change", "words", "message"),
    [
        ({"seed": 3}, (), "networks of seed 17"),
        ({"model": "resnet"}, (), r"model 'cnn' alone, found 'resnet'"),
        ({}, ("variant=other",), "rows of the variant 'other'"),
        ({}, ("fusion.sequences=pvp",), "trained combination for fusion.sequences"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(root, change, words, message):
    path = root / "outside.csv"
    write_predictions(read_predictions(path).assign(**change), path)
    with pytest.raises(ContractError, match=message):
        fuse(f"predictions={path}", *words)


def test_several_variants_or_experiments_in_a_table_are_refused(root):
    path = root / "outside.csv"
    rows = read_predictions(path)
    write_predictions(pd.concat([rows, rows.assign(variant="v2")]), path)
    with pytest.raises(ContractError, match=r"one variant in .*'v1', 'v2'"):
        fuse(f"predictions={path}")
    write_predictions(pd.concat([rows, rows.assign(experiment="e2")]), path)
    with pytest.raises(ContractError, match="rows of one experiment"):
        fuse(f"predictions={path}")


def test_without_runs_the_error_names_the_remedy(root):
    with pytest.raises(ContractError, match="run the stage before this one"):
        fuse()
