import json

import numpy as np
import pandas as pd
import pytest
from hydra import compose, initialize_config_dir

from cirrhosis.commands.configuration import CONF
from cirrhosis.commands.network_registrar import open_network_registrar
from cirrhosis.commands.train import run
from cirrhosis.commands.train_registrar_pairs import find_pairs
from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.files import read_table
from cirrhosis.contracts.run import RunFolder, read_status
from cirrhosis.contracts.splits import read_splits
from cirrhosis.imaging.registration import choose_registrar
from cirrhosis.imaging.registration_settings import RegistrationSettings
from tests.imaging.made_cohort import make_cohort, make_splits
from tests.imaging.made_volumes import abdomen, liver_mask, motion

PATIENTS = ("A1", "A2", "A3", "A4")
WORDS = (
    "task=registration",
    "name=made",
    "split.name=made",
    "sequences=t1+t2+pvp",
    "variant=small",
    "fold=all",
    "logger=none",
    "threads=1",
    "progress=false",
    "trainer.accelerator=cpu",
    "preparation.registration.spacing_mm=4.0",
    "registrar.network.spacing_mm=12.0",
    "registrar.network.shape=[16,16,16]",
    "registrar.network.n_points=6",
    "registrar.network.width=4",
    "registrar.learning.n_steps=4",
    "registrar.learning.steps_per_epoch=2",
    "registrar.learning.batch_size=2",
    "registrar.learning.spacing_mm=8.0",
    "registrar.learning.n_samples=200",
    "registrar.refinement.smoothing_mm=[4.0]",
    "registrar.refinement.steps=[3]",
    "registrar.refinement.learning_rates=[0.01]",
    "registrar.refinement.n_samples=500",
)


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """Folder of a cohort whose two folds have each a small registrar."""
    folder = tmp_path_factory.mktemp("registrars")
    make_cohort(folder / "cohorts/made", PATIENTS)
    make_splits(folder / "splits/made.csv", PATIENTS)
    with pytest.MonkeyPatch.context() as patch:
        assert train(folder, patch) is None
    return folder


def train(root, monkeypatch, *words):
    return run(configure(root, monkeypatch, *words))


def configure(root, monkeypatch, *words):
    monkeypatch.setenv("CIRRHOSIS_ROOT", str(root))
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        return compose("train", [*WORDS, f"cohort={root / 'cohorts/made'}", *words])


def place(root, fold, variant="small"):
    base = root / "runs/made/registration" / variant / "pvp+t1+t2/seed-1"
    return RunFolder(base / f"fold-{fold}")


def test_each_fold_leaves_a_model_that_has_not_seen_its_patients(root):
    splits = read_splits(root / "splits/made.csv")
    folds = splits.included.set_index("patient_id")["fold"]
    for fold in range(2):
        record = json.loads(place(root, fold).model_record.read_text())
        assert record["split_hash"] == splits.hash
        assert record["target"] == "pvp"
        assert record["n_pairs"] == 4
        assert all(folds[name] != fold for name in record["training_patients"])
        assert read_status(place(root, fold).status).state == "finished"
        assert len(read_table(place(root, fold).metrics)) == 2


def test_held_out_pairs_are_scored_with_and_without_refinement(root):
    scores = pd.concat([read_table(place(root, fold).scores) for fold in range(2)])
    assert len(scores) == 4 * 2 * 2
    assert set(scores["sequence"]) == {"t1", "t2"}
    assert (scores["information_after"] >= scores["information_before"]).all()
    before = scores.groupby(["patient_id", "sequence"])["information_before"]
    assert (before.nunique() == 1).all()
    # Only pvp has masks here.
    assert scores["dice_after"].isna().all()


def test_the_same_run_gives_the_same_bytes(root, monkeypatch):
    train(root, monkeypatch, "fold=1", "variant=again")
    for name in ("model", "metrics", "scores"):
        first, second = (getattr(place(root, 1, v), name) for v in ("small", "again"))
        assert first.read_bytes() == second.read_bytes()


def test_training_patients_are_served_out_of_fold(root, monkeypatch):
    values = {
        "registrar": {"refine": False},
        "paths": {"runs": str(root / "runs")},
        "seed": 1,
        "threads": 1,
    }
    splits = read_splits(root / "splits/made.csv")
    settings = RegistrationSettings(method="network", model="made/small", spacing_mm=4.0)
    estimator = open_network_registrar(values, splits, settings)
    folds = splits.included.set_index("patient_id")["fold"]
    for patient, fold in folds.items():
        folders, _ = estimator.folders_for(patient)
        assert folders == (place(root, fold).folder,)
    assert len(estimator.folders_for("stranger")[0]) == 2
    assert len({estimator.identify(name) for name in ("A1", "A3", "stranger")}) == 3
    registrar = choose_registrar(settings, estimator)
    moving = abdomen("t1", moved=motion((2, -1, 0), (4, -3, 4)))
    found = registrar(abdomen("pvp"), moving, liver_mask(), patient_id="A1")
    assert found.method in ("network", "identity")
    assert np.isfinite(found.information_after)


def test_another_target_and_no_pairs_are_told_apart(root):
    cohort, splits = read_cohort(root / "cohorts/made"), read_splits(root / "splits/made.csv")
    pairs = find_pairs(cohort, splits, target="pvp", sequences=("pvp", "t2"))
    assert [(pair.patient_id, pair.sequence) for pair in pairs] == [(p, "t2") for p in PATIENTS]
    for target, sequences in (("t1", ("pvp", "t1")), ("pvp", ("pvp",)), ("pvp", ("dwi",))):
        with pytest.raises(ContractError, match="expected training patients with"):
            find_pairs(cohort, splits, target=target, sequences=sequences)
