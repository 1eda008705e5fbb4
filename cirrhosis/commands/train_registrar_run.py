"""Fits the registrar of one fold and scores the pairs held out."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import SimpleITK as sitk

from cirrhosis.commands.arithmetic import read_arithmetic
from cirrhosis.commands.configuration import build_settings
from cirrhosis.commands.heartbeat import Heartbeat
from cirrhosis.commands.process_settings import set_process
from cirrhosis.commands.restart import RestartPoint
from cirrhosis.commands.shell import show_progress
from cirrhosis.commands.task_run import TaskRun
from cirrhosis.commands.train_registrar import mask_settings
from cirrhosis.commands.train_registrar_fit import cut_pair, train_registrar
from cirrhosis.commands.train_registrar_pairs import CohortPair, PairVolumes
from cirrhosis.contracts.files import write_table
from cirrhosis.contracts.pair_batch import PairTensors
from cirrhosis.contracts.progress import silent
from cirrhosis.contracts.randomness import seed_of
from cirrhosis.contracts.volume import Registration, Volume
from cirrhosis.imaging.geometry import image_of
from cirrhosis.imaging.registration import RegionRegistrar
from cirrhosis.imaging.registration_settings import RegistrationSettings
from cirrhosis.imaging.rigid import IDENTITY, itk_transform, rotation_deg, translation_mm
from cirrhosis.models.registrar_estimator import FixedFolders, RegistrarEstimator
from cirrhosis.models.registrar_settings import RegistrarSettings

COLUMNS = (
    "patient_id",
    "sequence",
    "fold",
    "refined",
    "information_before",
    "information_after",
    "dice_before",
    "dice_after",
    "rotation_deg",
    "translation_mm",
    "flags",
)


def fit_registrar(
    run: TaskRun,
    train: Sequence[CohortPair],
    held_out: Sequence[CohortPair],
    beat: Callable[[], None],
) -> pd.DataFrame:
    """Train a fold's model, write it and the scores of the pairs that it never saw.

    An interrupted run goes on from its restart point.

    Returns:
        One row per held-out pair, and a second one where answers are refined.
    """
    values, folder = run.values, run.plan.folder
    set_process(values)
    settings = build_settings(RegistrarSettings, values["registrar"], "registrar")
    registration = read_registration(values)
    restart = RestartPoint(
        folder.checkpoints,
        every_n_epochs=values["callbacks"]["restart_every_n_epochs"],
        every_n_seconds=values["callbacks"]["restart_every_n_seconds"],
    )
    pairs = list(_cut(train, settings, registration, values, beat))
    train_registrar(
        pairs,
        settings,
        folder.folder,
        seed=seed_of(values["seed"], "registrar", run.fold),
        record=_describe(run, train),
        progress=show_progress if values["progress"] else silent,
        callbacks=[restart, Heartbeat(beat)],
        restart=restart.find(),
        arithmetic=_arithmetic(values["trainer"]),
    )
    scores = pd.DataFrame(
        _score(run, held_out, settings, registration, beat), columns=list(COLUMNS)
    )
    write_table(scores, folder.scores)
    restart.remove()
    return scores


def read_registration(values: Mapping[str, Any]) -> RegistrationSettings:
    """Return how pairs are cut and judged; by the network, whatever `prepare` shall use."""
    settings = build_settings(
        RegistrationSettings, values["preparation"]["registration"], "preparation.registration"
    )
    return replace(settings, method="network")


def _cut(
    pairs: Sequence[CohortPair],
    settings: RegistrarSettings,
    registration: RegistrationSettings,
    values: dict[str, Any],
    beat: Callable[[], None],
) -> Iterator[PairTensors]:
    progress = show_progress if values["progress"] else silent
    for pair in progress(pairs, total=len(pairs), label="pairs"):
        beat()
        read = pair.read(mask_settings(values))
        yield cut_pair(
            read.fixed, read.moving, read.liver, settings=settings, registration=registration
        )


def _score(
    run: TaskRun,
    held_out: Sequence[CohortPair],
    settings: RegistrarSettings,
    registration: RegistrationSettings,
    beat: Callable[[], None],
) -> Iterator[dict[str, Any]]:
    serve = FixedFolders((run.plan.folder.folder,), f"fold {run.fold} (out-of-fold)")
    ways = [None, settings.refinement] if settings.refine else [None]
    for pair in held_out:
        read = pair.read(mask_settings(run.values))
        for way in ways:
            beat()
            registrar = RegionRegistrar(registration, RegistrarEstimator(serve, way))
            found = registrar(read.fixed, read.moving, read.liver, patient_id=pair.patient_id)
            yield {
                "patient_id": pair.patient_id,
                "sequence": pair.sequence,
                "fold": run.fold,
                "refined": int(way is not None),
                **_measure(found, read),
            }


def _measure(found: Registration, read: PairVolumes) -> dict[str, Any]:
    other = read.moving_liver
    before, after = (
        None if other is None else _dice(read.liver, other, transform)
        for transform in (IDENTITY, found.transform)
    )
    return {
        "information_before": found.information_before,
        "information_after": found.information_after,
        "dice_before": before,
        "dice_after": after,
        "rotation_deg": rotation_deg(found.transform),
        "translation_mm": translation_mm(found.transform),
        "flags": ";".join(found.flags),
    }


def _dice(fixed: Volume, moving: Volume, transform: Any) -> float:
    """Return the Dice coefficient of the fixed mask and the moving one after a transform."""
    warped = sitk.Resample(
        image_of(moving), image_of(fixed), itk_transform(transform), sitk.sitkNearestNeighbor
    )
    first, second = fixed.array > 0, sitk.GetArrayFromImage(warped) > 0
    return float(2 * np.sum(first & second) / (np.sum(first) + np.sum(second)))


def _arithmetic(options: Mapping[str, Any]) -> dict[str, Any]:
    arithmetic = read_arithmetic(dict(options))
    arithmetic.apply()
    return {
        "accelerator": options["accelerator"],
        "precision": arithmetic.precision,
        "deterministic": arithmetic.deterministic,
        "benchmark": arithmetic.benchmark,
    }


def _describe(run: TaskRun, train: Sequence[CohortPair]) -> dict[str, Any]:
    """Return what is to be known of a model, as plain values."""
    return {
        "task": run.values["task"]["name"],
        "sequences": run.values["sequences"],
        "target": run.values["preparation"]["registration"]["target"],
        "fold": run.fold,
        "split_hash": run.splits.hash,
        "training_patients": sorted({pair.patient_id for pair in train}),
        "n_pairs": len(train),
    }
