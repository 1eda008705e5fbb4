"""W&B's runs of a fusion and of an evaluation."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cirrhosis.commands.combination_numbers import plain_value, quick_settings, show_row
from cirrhosis.commands.places import split_file
from cirrhosis.commands.shown_curves import FALSE_POSITIVE_RATE, draw_roc
from cirrhosis.commands.shown_predictions import name_patients
from cirrhosis.commands.tracked_names import patients_of
from cirrhosis.commands.wandb_side_run import label_side_run, write_side_run
from cirrhosis.contracts.files import hash_file, read_json, read_table
from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.splits import TRAINING, read_splits
from cirrhosis.evaluation.curves import roc_points
from cirrhosis.evaluation.performance import evaluate_models

# Tables of `evaluate` that say nothing of a single patient, and what is left out of them.
SHOWN_TABLES = ("combinations", "combination_seeds", "table2", "comparisons")
FREE_TEXT = ("reason", "note")


def write_fusion(values: Mapping[str, Any], variant: str, folder: Path) -> bool:
    """Write the run of a fusion; return whether it had something new to say."""
    choice = read_json(folder / "choice.json")
    label = label_side_run(
        values,
        variant,
        job_type="fusion",
        name=f"fusion-{choice['sequences']}-s{values['seed']}",
        config=choice | {"seed": values["seed"], "fusion": values["fusion"]} | _hash(values),
    )

    def fill(run: Any, place: Path) -> None:
        _fill_fusion(run, place, values, folder)

    return write_side_run(values, label, hash_file(folder / "predictions.csv"), fill)


def write_evaluation(values: Mapping[str, Any], variant: str, folder: Path) -> bool:
    """Write the run of an evaluation; return whether it had something new to say."""
    tables = {
        path.stem: path
        for path in (folder / f"{name}.csv" for name in SHOWN_TABLES)
        if path.exists()
    }
    label = label_side_run(
        values,
        variant,
        job_type="evaluation",
        name=f"evaluation-s{values['seed']}",
        config={"seed": values["seed"], "rule": values["evaluation"]["rule"]} | _hash(values),
    )

    def fill(run: Any, place: Path) -> None:
        _fill_evaluation(run, place, folder, tables)

    return write_side_run(values, label, [hash_file(path) for path in tables.values()], fill)


def _hash(values: Mapping[str, Any]) -> dict[str, str]:
    return {"split_hash": read_splits(split_file(values)).hash}


def _fill_fusion(run: Any, place: Path, values: Mapping[str, Any], folder: Path) -> None:
    from cirrhosis.tracking.wandb_tables import show_curves, show_tables

    predictions = read_predictions(folder / "predictions.csv")
    out_of_fold = predictions[predictions["split"] == TRAINING]
    rows = evaluate_models(out_of_fold, settings=quick_settings(values))
    for row in rows.to_dict("records"):
        numbers = show_row({str(name): value for name, value in row.items()})
        run.summary.update({f"cv/{row['model']}/{name}": value for name, value in numbers.items()})
    roc = roc_points(out_of_fold)
    show_curves(run, FALSE_POSITIVE_RATE, draw_roc(roc, roc["model"]))
    tables = {
        "predictions": name_patients(out_of_fold, patients_of(values)),
        "importances": read_table(folder / "importances.csv"),
    }
    show_tables(run, place, tables)


def _fill_evaluation(run: Any, place: Path, folder: Path, tables: Mapping[str, Path]) -> None:
    from cirrhosis.tracking.wandb_tables import show_curves, show_tables

    read = {name: _read(path) for name, path in tables.items()}
    for row in read["table2"].to_dict("records"):
        where = f"{row['split']}/{row['model']}"
        numbers = show_row({str(name): value for name, value in row.items()})
        run.summary.update({f"{where}/{name}": value for name, value in numbers.items()})
    if "combinations" in read:
        run.summary.update(_name_chosen(read["combinations"]))
    roc = read_table(folder / "roc.csv")
    show_curves(run, FALSE_POSITIVE_RATE, draw_roc(roc, roc["split"] + "/" + roc["model"]))
    show_tables(run, place, read)


def _name_chosen(combinations: pd.DataFrame) -> dict[str, Any]:
    columns = [name for name in combinations if str(name).startswith("chosen")]
    return {
        f"combinations/{name}": "; ".join(
            str(plain_value(text))
            for text in combinations.loc[combinations[name].astype(bool), "sequences"]
        )
        for name in columns
    }


def _read(path: Path) -> pd.DataFrame:
    return read_table(path).drop(columns=list(FREE_TEXT), errors="ignore")
