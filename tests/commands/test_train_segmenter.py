"""Training of the liver segmenter by the command: what a run leaves, and that it is repeatable."""

import json
import logging

import pandas as pd
import pytest

from cirrhosis.commands.configuration import plain
from cirrhosis.commands.segmenter_settings import SegmenterSettings, read_segmenter_settings
from cirrhosis.contracts.errors import ContractError
from cirrhosis.contracts.run import read_status
from cirrhosis.contracts.splits import read_splits
from cirrhosis.data.liver_datamodule import LiverDataModule
from cirrhosis.evaluation.mask_scores import COLUMNS
from cirrhosis.models.networks.liver_unet import build_liver_network
from tests.commands.made_segmentation import compose_here, make_root, place, share, train_here

FOLDS = (0, 1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        root = make_root(tmp_path_factory.mktemp("segmentation"))
        train_here(root, patch)
        yield root


def test_a_run_leaves_model_record_metrics_and_scores(trained):
    splits = read_splits(trained / "splits" / "made.csv")
    folds = dict(zip(splits.table["patient_id"], splits.table["fold"], strict=True))
    for fold in FOLDS:
        run = place(trained, fold)
        assert read_status(run.status).state == "finished"
        record = json.loads(run.model_record.read_text())
        assert record["split_hash"] == splits.hash
        assert record["training_patients"] == sorted(name for name in folds if folds[name] != fold)
        assert record["network"]["spacing_mm"] == 8.0
        assert len(pd.read_csv(run.metrics)) == 3
        scores = pd.read_csv(run.scores)
        assert tuple(scores.columns) == COLUMNS
        assert list(scores["patient_id"]) == sorted(name for name in folds if folds[name] == fold)
        assert not list(run.checkpoints.iterdir())


def test_the_last_fold_writes_the_table_over_all(trained):
    folder = trained / "results/made/segmentation/v/pvp/seed-1"
    volumes = pd.read_csv(folder / "volumes.csv")
    assert list(volumes["patient_id"]) == ["A1", "A2", "A3", "A4"]
    table = pd.read_csv(folder / "table.csv").set_index("measure")
    assert table.loc["dice", "n_volumes"] == 4
    assert table.loc["dice", "mean"] == pytest.approx(volumes["dice"].mean())


def test_finished_folds_are_skipped(trained, monkeypatch, caplog):
    before = [place(trained, fold).model.stat().st_mtime_ns for fold in FOLDS]
    with caplog.at_level(logging.INFO, "cirrhosis"):
        train_here(trained, monkeypatch)
    assert caplog.text.count("finished before, skipped") == 2
    assert [place(trained, fold).model.stat().st_mtime_ns for fold in FOLDS] == before


def test_two_trainings_are_equal_to_the_last_bit(trained, tmp_path, monkeypatch):
    other = share(trained, tmp_path / "again")
    train_here(other, monkeypatch, fold=1)
    for name in ("model", "model_record", "metrics", "scores"):
        one, two = (getattr(place(root, 1), name).read_bytes() for root in (trained, other))
        assert one == two, name


def test_an_interrupted_training_ends_as_if_it_had_not_been(trained, tmp_path, monkeypatch):
    other = share(trained, tmp_path / "interrupted")
    make_batch = LiverDataModule.make_batch

    def break_off(self, step, device):
        if step == 3:
            raise RuntimeError("the machine went away")
        return make_batch(self, step, device)

    with monkeypatch.context() as patch:
        patch.setattr(LiverDataModule, "make_batch", break_off)
        with pytest.raises(RuntimeError, match="went away"):
            train_here(other, patch, fold=0)
    assert read_status(place(other, 0).status).state == "failed"
    assert (place(other, 0).checkpoints / "last.ckpt").exists()
    train_here(other, monkeypatch, fold=0)
    for name in ("model", "metrics", "scores"):
        one, two = (getattr(place(root, 0), name).read_bytes() for root in (trained, other))
        assert one == two, name


def test_another_number_of_steps_needs_another_variant(trained, monkeypatch):
    with pytest.raises(ContractError, match=r"segmenter\.training\.steps: 6 there, 8 now"):
        train_here(trained, monkeypatch, "segmenter.training.steps=8", fold=0)


def test_a_changed_mask_is_another_training(trained, tmp_path, monkeypatch):
    other = make_root(tmp_path / "other")
    (other / "runs").symlink_to(trained / "runs")
    masks = other / "cohorts/made/masks"
    (masks / "A1.nii.gz").write_bytes((masks / "A3.nii.gz").read_bytes())
    with pytest.raises(ContractError, match="data_hash"):
        train_here(other, monkeypatch, fold=0)


def test_a_sequence_without_masks_is_refused_before_anything_is_trained(trained, monkeypatch):
    with pytest.raises(ContractError, match=r"'t1' has none .*liver_mask_path"):
        train_here(trained, monkeypatch, "sequences=pvp+t1", fold=0)


def test_an_unknown_setting_is_refused(trained, monkeypatch):
    with pytest.raises(ContractError, match=r"segmenter\.training.*'momentum'"):
        train_here(trained, monkeypatch, "+segmenter.training.momentum=1", fold=0)


def test_an_unknown_task_is_refused(trained, monkeypatch):
    with pytest.raises(ContractError, match=r"task\.name to be one of classification"):
        train_here(trained, monkeypatch, "task.name=staging", fold=0)


def test_defaults_of_the_configuration_are_those_of_the_code(trained, monkeypatch):
    values = plain(compose_here(trained, monkeypatch, "segmenter=default", shrink=False))
    assert read_segmenter_settings(values) == SegmenterSettings()


@pytest.mark.parametrize("name", ["small", "dynunet3d"])
def test_named_settings_can_be_built(name, trained, monkeypatch):
    values = plain(compose_here(trained, monkeypatch, f"segmenter={name}", shrink=False))
    network = read_segmenter_settings(values).network
    assert build_liver_network(network) is not None
