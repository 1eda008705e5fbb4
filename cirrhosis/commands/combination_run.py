"""W&B's summary run of one combination: all its folds together."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.commands.combination_numbers import (
    describe_folds,
    quick_settings,
    show_row,
    spread_over_folds,
)
from cirrhosis.commands.finished_combinations import FinishedCombination
from cirrhosis.commands.places import split_file, store_folder
from cirrhosis.commands.shown_curves import (
    FALSE_POSITIVE_RATE,
    PREDICTED,
    draw_calibration,
    draw_roc,
)
from cirrhosis.commands.shown_predictions import name_patients, name_split
from cirrhosis.commands.tracked_names import describe_sequences, patients_of, without_places
from cirrhosis.commands.wandb_side_run import label_side_run, write_side_run
from cirrhosis.contracts.splits import TRAINING, read_splits
from cirrhosis.contracts.store import Manifest, read_manifest
from cirrhosis.evaluation.calibration_curves import BIN, calibration_points
from cirrhosis.evaluation.curves import roc_points
from cirrhosis.evaluation.performance import evaluate_models

BINS = ["predicted", "observed", "low", "high", "n", "n_positive"]


def track_combination(values: Mapping[str, Any], combination: FinishedCombination) -> bool:
    """Write the summary run of a combination unless it says what it would say already.

    Its numbers are those of `evaluate`, on out-of-fold rows alone: seven combinations that
    are compared on test rows would be chosen on them.

    Returns:
        Whether it was written.
    """
    manifest = read_manifest(store_folder(values))
    label = label_side_run(
        values,
        combination.variant,
        job_type="summary",
        name=f"{combination.sequences}-s{combination.seed}",
        config=_describe(values, combination, manifest),
    )
    state = [combination.state, values["evaluation"]]

    def fill(run: Any, folder: Path) -> None:
        _fill(run, folder, values, combination)

    return write_side_run(values, label, state, fill)


def _describe(
    values: Mapping[str, Any], combination: FinishedCombination, manifest: Manifest
) -> dict[str, Any]:
    identity = combination.identity
    config = {name: value for name, value in identity["config"].items() if name != "fold"}
    return describe_sequences(combination.sequences, manifest.sequences) | {
        "seed": combination.seed,
        "n_folds": len(combination.runs),
        "protocol": config["protocol"]["name"],
        "fingerprints": {
            f"fold_{fold}": status.fingerprint for fold, (_, status) in combination.runs.items()
        },
        "split_hash": identity["split_hash"],
        "data_hash": identity["data_hash"],
        "data": {"store": values["store"], "n_patients": len(manifest.patients)},
        "settings": config,
    }


def _fill(
    run: Any, folder: Path, values: Mapping[str, Any], combination: FinishedCombination
) -> None:
    from cirrhosis.tracking.wandb_tables import Files, log_files, show_curves, show_tables

    settings = quick_settings(values)
    predictions = combination.read_predictions()
    out_of_fold = predictions[predictions["split"] == TRAINING]
    folds = describe_folds(combination)
    _log_folds(run, folds)
    calibration = calibration_points(out_of_fold, settings=settings)
    roc = roc_points(out_of_fold)
    show_curves(run, FALSE_POSITIVE_RATE, draw_roc(roc, roc["model"]))
    show_curves(run, PREDICTED, draw_calibration(calibration))
    row = evaluate_models(out_of_fold, settings=settings).iloc[0].to_dict()
    numbers = show_row({str(name): value for name, value in row.items()})
    numbers |= spread_over_folds(folds)
    run.summary.update({f"cv/{name}": value for name, value in numbers.items()})

    pseudonyms = patients_of(values)
    bins = calibration.loc[calibration["kind"] == BIN, BINS]
    named = name_patients(out_of_fold, pseudonyms)
    show_tables(run, folder, {"folds": folds, "predictions": named, "calibration": bins})
    words = f"{values['name']}-{combination.variant}-{combination.sequences}-s{combination.seed}"
    hashes = {name: combination.identity[name] for name in ("split_hash", "data_hash")}
    kept = name_patients(predictions, pseudonyms)
    log_files(
        run, folder, Files(words, "predictions", {"predictions.csv": kept}, {}, metadata=hashes)
    )
    splits = read_splits(split_file(values))
    log_files(
        run,
        folder,
        Files(
            f"split-{without_places(splits.name)}",
            "split",
            {"split.csv": name_split(splits.table, pseudonyms)},
            {},
            metadata={"split_hash": splits.hash, "n_patients": len(splits.included)},
        ),
    )


def _log_folds(run: Any, folds: pd.DataFrame) -> None:
    # As a curve over folds, which every viewer draws, also one without tables.
    run.define_metric("fold")
    run.define_metric("cv/fold_*", step_metric="fold")
    for fold, area in zip(folds["fold"], folds["auroc"], strict=True):
        if pd.notna(area):
            run.log({"fold": int(fold), "cv/fold_auroc": float(area)})
