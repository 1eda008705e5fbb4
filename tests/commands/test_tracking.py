"""What W&B is told of an experiment: two folds, their summary, a fusion and an evaluation."""

import shutil
import socket
import sys
from pathlib import Path

import pandas as pd
import pytest
from hydra import compose, initialize_config_dir

from cirrhosis.commands import fuse
from cirrhosis.commands.combination_summaries import track_evaluation, track_summaries
from cirrhosis.commands.configuration import CONF, plain
from cirrhosis.commands.shown_predictions import name_patients
from cirrhosis.commands.tracked_names import patients_of, without_places
from cirrhosis.contracts.cohort import write_cohort
from cirrhosis.contracts.files import write_table
from cirrhosis.contracts.splits import TRAINING, read_splits, write_splits
from cirrhosis.evaluation.combinations import compare_combinations
from cirrhosis.evaluation.curves import roc_points
from cirrhosis.evaluation.performance import evaluate_models
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.runs.collection import collect_predictions
from cirrhosis.tracking.staging import staged_for
from tests.commands.in_process import SETTINGS, place, train_here
from tests.fusion.made_cohort import make_cohort
from tests.made_store import make_split, make_store
from tests.wandb_records import read_runs

FREE_TEXT = "known drinker, lives in Elm Street"
HOST = "radiology-workstation-17"
USER = "alice.example"
FUSION = (
    "fusion.sequences=t1",
    "fusion.selection_trees=5",
    "fusion.n_estimators=[5]",
    "fusion.max_depth=[3]",
    "fusion.min_samples_leaf=[2]",
    "fusion.permutation_repeats=1",
    "n_workers=1",
)
WORDS = ("logger=wandb", "logger.images=true", "logger.checkpoints=true", "progress=false")


def name(patient_id):
    return f"P7700{patient_id[1:]}"


def make_files(root):
    """Write a store, its split and a cohort whose identifiers and texts would be recognised."""
    path = root / "splits" / "made.csv"
    table = make_split(path, n_folds=2, n_test=6).table
    path.unlink()
    table["group_id"] = table["patient_id"] = table["patient_id"].map(name)
    make_store(root / "prepared" / "made", write_splits(table, path))
    _, patients = make_cohort(n_training=60, n_test=6)
    labels = {"fibrosis_scheme": "metavir", "fibrosis_stage": "4", "report": FREE_TEXT}
    volumes = pd.DataFrame(
        columns=["patient_id", "study_date", "sequence", "path", "liver_mask_path"], dtype="string"
    )
    patients = patients.assign(patient_id=patients["patient_id"].map(name), **labels)
    write_cohort(root / "cohorts" / "made", patients, volumes)


def configure(command, *words):
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        return compose(command, [*SETTINGS, *FUSION, "logger=wandb", *words])


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """An experiment in a home, on a named machine, tracked offline from fold to evaluation."""
    home = tmp_path_factory.mktemp("home") / USER
    folder = home / "cirrhosis"
    make_files(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("USER", USER)
        patch.delenv("WANDB_DATA_DIR", raising=False)
        patch.setattr(socket, "gethostname", lambda: HOST)
        for fold in (0, 1):
            train_here(folder, patch, "sequences=t1", f"fold={fold}", *WORDS)
        values = plain(configure("evaluate"))
        track_summaries(values, ["v"])
        fuse.run(configure("fuse"))
        results = folder / "results" / "made" / "v"
        write_results(results)
        track_evaluation(values, "v", results)
        yield folder
        with staged_for(folder / "tracking" / "made") as staging:
            shutil.rmtree(staging)


def write_results(results):
    settings = EvaluationSettings()
    rows = pd.read_csv(results / "fusion" / "predictions.csv")
    write_table(evaluate_models(rows, settings=settings), results / "table2.csv")
    write_table(roc_points(rows), results / "roc.csv")
    networks = rows[rows["model"] == "cnn"]
    combinations = compare_combinations(networks, settings=settings)
    write_table(combinations, results / "combinations.csv")


@pytest.fixture(scope="module")
def runs(root):
    return read_runs(root / "tracking" / "made" / "wandb")


def test_each_fold_combination_fusion_and_evaluation_is_a_run(runs):
    found = [(run.run.job_type, run.run.display_name, run.exit_code) for run in runs]
    assert found == [
        ("fold", "t1-f0-s1", 0),
        ("fold", "t1-f1-s1", 0),
        ("summary", "t1-s1", 0),
        ("fusion", "fusion-t1-s1", 0),
        ("evaluation", "evaluation-s1", 0),
    ]
    assert {run.run.run_group for run in runs} == {"made-v"}
    assert len({run.run.run_id for run in runs}) == 5


def test_configuration_tells_combination_and_provenance(runs, root):
    fold, _, summary, *_ = runs
    for run in (fold, summary):
        assert run.config["sequences"] == "t1"
        assert (run.config["uses_t1"], run.config["uses_t2"]) == (True, False)
        assert run.config["n_sequences"] == 1
        assert run.config["seed"] == 1
        assert run.config["split_hash"] == read_splits(root / "splits" / "made.csv").hash
        assert {"git_commit", "code_version", "data_hash", "protocol"} <= run.config.keys()
        assert "torch" in run.config["versions"]
        # What looks like a path and is none stays whole.
        assert run.config["settings"]["callbacks"]["best"]["monitor"] == "val/auroc"
    assert fold.config["fold"] == 0
    assert len(summary.config["fingerprints"]) == 2


def test_summary_says_what_the_evaluation_says(runs, root):
    rows = collect_predictions(root / "runs" / "made" / "classification" / "v")
    table = compare_combinations(rows, settings=EvaluationSettings())
    summary = runs[2].summary
    for column in ("auroc", "auroc_low", "auroc_high", "within_fold_auroc", "sensitivity", "n"):
        assert summary[f"cv/{column}"] == pytest.approx(table[column].item())
    of_folds = [run.summary["held_out/auroc"] for run in runs[:2]]
    assert summary["cv/auroc_folds"] == pytest.approx(of_folds, abs=1e-4)
    assert summary["cv/auroc_mean"] == pytest.approx(sum(of_folds) / 2)


def test_artifacts_keep_predictions_split_and_weights(runs):
    kinds = {artifact.type for run in runs for artifact in run.artifacts}
    assert {"predictions", "split", "model"} <= kinds
    named = {artifact.name for run in runs for artifact in run.artifacts}
    assert {"made-v-t1-s1", "split-made", "made-v-t1-s1-f0"} <= named


def read_all(root):
    """Return every byte that a later `wandb sync` may send."""
    place = root / "tracking" / "made"
    with staged_for(place) as staging:
        # Below `logs` W&B writes what it did, for this machine alone.
        paths = [path for path in place.rglob("*") if "logs" not in path.parts]
        staged = [path for path in staging.rglob("*") if path.is_file()]
    assert staged
    paths += staged
    return {path: path.read_bytes() for path in paths if path.is_file() and not path.is_symlink()}


def test_nothing_that_leaves_tells_patient_person_or_place(root):
    content = read_all(root)
    names = {path.suffix for path in content}
    assert {".wandb", ".json", ".png"} <= names
    patients = read_splits(root / "splits" / "made.csv").table["patient_id"]
    secrets = [*patients, FREE_TEXT, "Elm Street", USER, HOST, str(root), str(root.parent)]
    secrets += [str(Path.cwd()), sys.prefix, "2020-01-01"]
    # Of a process of xdist it is the word -c.
    secrets += [sys.argv[0]] if Path(sys.argv[0]).is_absolute() else []
    if len(socket.gethostname()) > 5:
        secrets.append(socket.gethostname())
    found = [
        (secret, path.name)
        for secret in secrets
        for path, data in content.items()
        if secret.encode() in data
    ]
    assert found == []


def test_patients_are_named_alike_everywhere_and_only_the_key_tells_them(root):
    key = root / "pseudonyms.key"
    assert key.stat().st_mode & 0o777 == 0o600
    rows = collect_predictions(root / "runs" / "made" / "classification" / "v")
    patients = patients_of(plain(configure("evaluate")))
    named = name_patients(rows[rows["split"] == TRAINING], patients)
    assert len(named) == named["patient"].nunique() == 60
    content = b"".join(data for path, data in read_all(root).items() if path.suffix == ".json")
    assert all(name.encode() in content for name in named["patient"])
    # Rows stand in the order of the pseudonyms, not of the hospital's list.
    assert named["y_true"].iloc[:30].tolist() != [0, 1] * 15


def test_pictures_come_only_where_they_are_allowed(root, monkeypatch):
    wandb = root / "tracking" / "made" / "wandb"
    first = sorted(wandb.glob("offline-run-*"))[0]
    # No side stops this run, so it has training pictures only: four patients.
    assert len(list((first / "files" / "media" / "images").rglob("*.png"))) == 4
    before = set(wandb.rglob("*.png"))
    train_here(root, monkeypatch, "sequences=t2", "fold=0", "logger=wandb", "variant=other")
    assert set(wandb.rglob("*.png")) == before


def test_a_summary_is_written_again_only_when_a_fold_was(root, monkeypatch):
    wandb = root / "tracking" / "made" / "wandb"
    values = plain(configure("evaluate"))
    n_before = len(read_runs(wandb))
    track_summaries(values, ["v"])
    assert len(read_runs(wandb)) == n_before
    identifier = read_runs(wandb)[2].run.run_id
    words = ("sequences=t1", "fold=1", "on_existing=force", "progress=false")
    train_here(root, monkeypatch, *words)
    assert place(root, fold=1).predictions.exists()
    track_summaries(values, ["v"])
    *_, redone, summary = read_runs(wandb)
    assert summary.run.run_id == identifier
    # A run that is done again is another run to W&B.
    assert redone.run.display_name == "t1-f1-s1"
    assert redone.run.run_id not in {run.run.run_id for run in read_runs(wandb)[:2]}


def test_what_cannot_be_tracked_is_a_warning(root, caplog):
    predictions = place(root, fold=0).predictions
    content = predictions.read_bytes()
    predictions.write_text("broken\n")
    # Another setting of the evaluation, so that the summary has something new to say.
    track_summaries(plain(configure("evaluate", "evaluation.confidence_level=0.9")), ["v"])
    predictions.write_bytes(content)
    assert "W&B has no summary of t1 in v: ContractError" in caplog.text
    *_, summary = read_runs(root / "tracking" / "made" / "wandb")
    assert summary.exit_code == 1


@pytest.mark.parametrize("words", ["logger=none", "logger.mode=disabled"])
def test_nothing_is_tracked_where_it_is_switched_off(root, words, tmp_path, monkeypatch):
    values = plain(configure("evaluate", words, f"paths.tracking={tmp_path}/tracking"))
    track_summaries(values, ["v"])
    assert not (tmp_path / "tracking").exists()


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("/home/alice/weights.pt", "weights.pt"),
        ("~/weights.pt", "weights.pt"),
        ("../mueller/t1.nii.gz", "t1.nii.gz"),
        ("cohorts/mueller/t1.nii.gz", "t1.nii.gz"),
        ("C:\\alice\\weights.pt", "weights.pt"),
        ("val/auroc", "val/auroc"),
        ({"a": ["/x/y"], "b": 3}, {"a": ["y"], "b": 3}),
    ],
)
def test_paths_are_shortened_to_their_last_part(value, shown):
    assert without_places(value) == shown
