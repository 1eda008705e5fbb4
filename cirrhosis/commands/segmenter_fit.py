"""Fits the segmenter of one fold, writes its model, and scores the volumes held out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd
import torch
from pytorch_lightning import Callback
from torch import nn

from cirrhosis.commands.heartbeat import Heartbeat
from cirrhosis.commands.placement import ALONE, place_trainer
from cirrhosis.commands.process_settings import set_process
from cirrhosis.commands.restart import RestartPoint
from cirrhosis.commands.run_trainer import build_trainer
from cirrhosis.commands.segmenter_settings import SegmenterSettings, read_segmenter_settings
from cirrhosis.commands.segmenter_volumes import MaskedVolume, read_mask_settings
from cirrhosis.commands.task_run import TaskRun
from cirrhosis.contracts.files import write_table
from cirrhosis.contracts.randomness import seed_of
from cirrhosis.data.liver_datamodule import LiverDataModule
from cirrhosis.data.liver_example import LiverExample
from cirrhosis.evaluation.mask_scores import COLUMNS, score_mask
from cirrhosis.models.liver_inference import LiverModel, write_model
from cirrhosis.models.liver_input import prepare_image, prepare_liver
from cirrhosis.models.liver_mask import clean_mask
from cirrhosis.models.liver_segmenter import LiverSegmenter
from cirrhosis.tracking.metrics_table import MetricsTable


def fit_segmenter(
    run: TaskRun,
    train: Sequence[MaskedVolume],
    held_out: Sequence[MaskedVolume],
    beat: Callable[[], None],
) -> pd.DataFrame:
    """Train a fold's model, write it and the scores of the volumes that it never saw.

    Returns:
        One row per held-out volume, as in `scores.csv`.
    """
    set_process(run.values)
    settings = read_segmenter_settings(run.values)
    reading = read_mask_settings(run.values)
    examples = [_prepare(one, settings, reading) for one in train]
    model = LiverModel(_train(run, examples, settings, beat), settings.network)
    folder = run.plan.folder
    scores = pd.DataFrame(_score(model, run, held_out, beat), columns=list(COLUMNS))
    write_table(scores, folder.scores)
    # The model last: it is what makes the run a finished one.
    write_model(model, _describe(run, train), folder.folder)
    (folder.checkpoints / "last.ckpt").unlink(missing_ok=True)
    return scores


def _prepare(
    one: MaskedVolume, settings: SegmenterSettings, reading: dict[str, Any]
) -> LiverExample:
    volume, liver = one.read(reading)
    to_mm = settings.network.spacing_mm
    return LiverExample(
        one.patient_id,
        one.sequence,
        prepare_image(volume.array, volume.spacing_mm, to_mm),
        prepare_liver(liver, volume.spacing_mm, to_mm),
    )


def _train(
    run: TaskRun,
    examples: Sequence[LiverExample],
    settings: SegmenterSettings,
    beat: Callable[[], None],
) -> nn.Module:
    training, network = settings.training, settings.network
    seed = seed_of(run.values["seed"], "segmenter", run.fold)
    torch.manual_seed(seed)
    module = LiverSegmenter(network, training)
    data = LiverDataModule(
        examples,
        settings.augmentation,
        window=network.window,
        context=network.context,
        batch_size=training.batch_size,
        steps_per_epoch=training.steps_per_epoch,
        liver_share=training.liver_share,
        seed=seed,
    )
    folder = run.plan.folder
    callbacks = run.values["callbacks"]
    restart = RestartPoint(
        folder.checkpoints,
        every_n_epochs=callbacks["restart_every_n_epochs"],
        every_n_seconds=callbacks["restart_every_n_seconds"],
    )
    watchers: list[Callback] = [restart, MetricsTable(folder.metrics), Heartbeat(beat)]
    trainer = build_trainer(_configure(run, settings), False, watchers, None, folder.folder)
    trainer.fit(module, data, ckpt_path=restart.find(), weights_only=True)
    return module.network.to(trainer.strategy.root_device).eval()


def _configure(run: TaskRun, settings: SegmenterSettings) -> dict[str, Any]:
    """Return the configuration of Lightning's trainer for this task."""
    trainer = place_trainer(run.values["trainer"], ALONE)
    return run.values | {
        "trainer": trainer | {"gradient_clip_val": settings.training.gradient_norm},
        "protocol": run.values["protocol"] | {"fixed_epochs": settings.training.n_epochs},
        "optimizer": {},
    }


def _score(
    model: LiverModel, run: TaskRun, held_out: Sequence[MaskedVolume], beat: Callable[[], None]
) -> Iterator[dict[str, Any]]:
    reading = read_mask_settings(run.values)
    for one in held_out:
        beat()
        volume, liver = one.read(reading)
        probability = model.find_probability(volume.array, volume.spacing_mm)
        score = score_mask(clean_mask(probability), liver, volume.spacing_mm)
        yield {
            "patient_id": one.patient_id,
            "sequence": one.sequence,
            "fold": run.fold,
            **asdict(score),
        }


def _describe(run: TaskRun, train: Sequence[MaskedVolume]) -> dict[str, Any]:
    """Return what is to be known of a model, as plain values."""
    return {
        "task": run.values["task"]["name"],
        "sequences": run.values["sequences"],
        "fold": run.fold,
        "split_hash": run.splits.hash,
        "training_patients": sorted({one.patient_id for one in train}),
        "n_volumes": len(train),
    }
