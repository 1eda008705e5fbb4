"""Whatever Hydra's grammar lets a sweep say: each job is a run in a folder that says what it is."""

import pytest
from hydra import initialize_config_dir

from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.sweep_plan import JobComposer, plan_jobs
from cirrhosis.contracts.errors import ContractError

PLAIN = {"name": "made", "sequences": "t1", "fold": "0"}


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(tmp_path))
    return tmp_path / "runs"


def plan(*words):
    given = {word.split("=")[0] for word in words}
    rest = [f"{name}={value}" for name, value in PLAIN.items() if name not in given]
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        return plan_jobs(JobComposer("train", [*rest, *words]))


def places(runs, *words):
    """Return of each job: experiment, variant, sequences, seed and fold."""
    folders = [job.folder.relative_to(runs).parts for job in plan(*words)]
    return [(name, variant, *rest) for name, _, variant, *rest in folders]


def variants(runs, *words):
    return [variant for _, variant, *_ in places(runs, *words)]


@pytest.mark.parametrize(
    "words",
    [
        ("augmentation.rotation_degrees=5,10",),
        ("model=small,resnet18",),
        ("model.dropout=choice(0.1,0.3)",),
        ("model.dropout=sort(choice(0.3,0.1))",),
        ("data.batch_size=range(16,48,16)",),
        ("augmentation.zoom=[0.9,1.1],[0.8,1.2]",),
        ("callbacks=default,ema",),
        ("optimizer=adam,sgd", "optimizer.lr=0.1"),
    ],
)
def test_values_that_change_results_are_variants(runs, words):
    first, second = places(runs, *words)
    assert first[1] != second[1]
    assert first[0] == second[0] == "made"
    assert first[2:] == second[2:] == ("t1", "seed-1", "fold-0")


def test_folds_seeds_and_sequences_are_folders_of_one_variant(runs):
    words = ("fold=range(0,2)", "seed=range(1,3)", "sequences=[t1,t2],t2")
    assert places(runs, *words) == [
        ("made", "default", sequences, f"seed-{seed}", f"fold-{fold}")
        for fold in (0, 1)
        for seed in (1, 2)
        for sequences in ("t1+t2", "t2")
    ]


def test_every_pair_of_two_settings_is_a_variant(runs):
    assert len(set(variants(runs, "model=small,resnet18", "optimizer.lr=0.1,0.2,0.3"))) == 6


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("optimizer.lr=1e-3", "optimizer.lr=0.001"),
        ("augmentation.zoom=[0.9, 1.1]", "augmentation.zoom=[0.9,1.1]"),
        ("sequences=t2+t1", "sequences=t1+t2"),
        ("sequences=[t2,t1]", "sequences=t1+t2"),
        ("model.dropout=choice(0.1)", "model.dropout=0.1"),
    ],
)
def test_two_spellings_of_one_run_are_one_folder(runs, left, right):
    assert places(runs, left) == places(runs, right)


def test_glob_takes_every_experiment_that_fits_under_its_own_name(runs, monkeypatch):
    monkeypatch.delitem(PLAIN, "name")
    names = [name for name, *_ in places(runs, "experiment=glob(*,exclude=controls)")]
    assert names == ["demo", "paper"]


def test_a_setting_that_is_added_or_taken_away_makes_a_variant(runs):
    added = variants(runs, "+trainer.limit_train_batches=1,2")
    assert len({*added, *variants(runs, "~augmentation.zoom"), "default"}) == 4


def test_where_and_how_a_run_is_done_makes_none(runs):
    words = ("threads=2", "progress=false", "data.residency=host,stream", "logger=none")
    assert variants(runs, *words) == ["default", "default"]


def test_an_interval_is_sent_to_the_search(runs):
    with pytest.raises(ContractError, match="search the interval with search=optuna"):
        plan("optimizer.lr=interval(1e-4,1e-2)")


def test_two_splits_in_one_folder_are_refused(runs):
    with pytest.raises(ContractError, match="split_hash"):
        plan("split.name=one,other")
