"""A small results folder, estimated from made predictions by the evaluation itself."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cirrhosis.contracts.files import write_json, write_table
from cirrhosis.contracts.predictions import COLUMNS
from cirrhosis.evaluation.combinations import compare_combinations
from cirrhosis.evaluation.curves import roc_points
from cirrhosis.evaluation.performance import evaluate_models
from cirrhosis.evaluation.settings import EvaluationSettings

SIZES = {"training": 60, "internal_1": 24, "external": 30}
MODELS = {
    "combined": (1.0, "probability"),
    "cnn": (0.8, "probability"),
    "clinical": (0.6, "probability"),
    "fib4": (0.5, "score"),
    "apri": (0.3, "score"),
    "reader_1": (0.7, "call"),
}
COMBINATIONS = {"t1": 0.4, "t2": 0.5, "t1+t2": 0.8}


def make_results(folder: Path, **provenance: Any) -> Path:
    """Write a complete results folder; keywords change the provenance."""
    settings = EvaluationSettings()
    write_table(
        evaluate_models(_predict(MODELS, "t1+t2"), settings=settings), folder / "table2.csv"
    )
    rivals = pd.concat(
        [_predict({"cnn": (effect, "probability")}, name) for name, effect in COMBINATIONS.items()]
    )
    write_table(compare_combinations(rivals, settings=settings), folder / "combinations.csv")
    write_table(roc_points(_predict(MODELS, "t1+t2")), folder / "roc.csv")
    _write_cohort(folder)
    write_fusion(folder / "fusion")
    write_json(make_provenance() | provenance, folder / "provenance.json")
    return folder


def copy_results(whole: Path, folder: Path) -> Path:
    """Copy results without the report that may have been written into them."""
    return shutil.copytree(whole, folder, ignore=shutil.ignore_patterns("report"))


def change_table(path: Path, **columns: Any) -> None:
    """Overwrite columns of a CSV; a list must fit its rows."""
    table = pd.read_csv(path, keep_default_na=False, na_values=[""])
    table.assign(**columns).to_csv(path, index=False)


def drop_provenance(path: Path, key: str) -> None:
    """Remove a key of `provenance.json`."""
    content = json.loads(path.read_text())
    del content[key]
    path.write_text(json.dumps(content))


def _predict(models: dict[str, tuple[float, str]], sequences: str) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    parts = []
    for split, n in SIZES.items():
        truth = np.arange(n) % 2
        folds = np.arange(n) // 2 % 5 if split == "training" else np.zeros(n, dtype=int)
        for model, (effect, kind) in models.items():
            logit = effect * (2 * truth - 1) + rng.normal(size=n)
            score = {
                "probability": 1 / (1 + np.exp(-logit)),
                "score": logit + 3,
                "call": (logit > 0).astype(float),
            }[kind]
            part = {
                "model": model,
                "fold": folds,
                "split": split,
                "patient_id": [f"{split}-{at:03d}" for at in range(n)],
                "y_true": truth,
                "y_score": score,
                "score_kind": kind,
                "y_pred": score.astype(int) if kind == "call" else pd.NA,
            }
            parts.append(pd.DataFrame(part))
    table = pd.concat(parts, ignore_index=True).assign(
        experiment="made", variant="small", sequences=sequences, protocol="nested", seed=1
    )
    return table[list(COLUMNS)]


def _write_cohort(folder: Path) -> None:
    steps = [("in patients.csv", 0, 120), ("no MRI", 4, 116), ("prior liver treatment", 2, 114)]
    write_table(pd.DataFrame(steps, columns=["step", "excluded", "remaining"]), folder / "flow.csv")
    rows = [(split, "all", n, n // 2, 0.5) for split, n in SIZES.items()]
    rows += [("training", str(fold), 12, 6, 0.5) for fold in range(5)]
    columns = ["split", "fold", "n", "n_positive", "prevalence"]
    write_table(pd.DataFrame(rows, columns=columns), folder / "balance.csv")


def write_fusion(folder: Path) -> None:
    """Write importances and collinearity of made forests."""
    rng = np.random.default_rng(2)
    names = ("cnn_score", "platelets_e9_per_l", "albumin_g_per_l", "inr")
    rows = [
        {
            "fold": fold,
            "model": model,
            "variable": name,
            "gini": float(rng.uniform(0.1, 0.3)),
            "permutation": float(rng.normal(0.08 - 0.02 * at, 0.01)),
            "vif": float("inf") if name == "inr" else 1.4,
            "beta_per_sd": 0.7,
            "kept": name != "inr",
            "reason": "VIF inf above 5" if name == "inr" else "",
        }
        for fold in range(5)
        for model in ("combined", "clinical")
        for at, name in enumerate(names)
        if model == "combined" or name != "cnn_score"
    ]
    table = pd.DataFrame(rows)
    write_table(
        table[["fold", "model", "variable", "gini", "permutation"]], folder / "importances.csv"
    )
    write_table(table.drop(columns=["gini", "permutation"]), folder / "collinearity.csv")


def make_provenance() -> dict[str, Any]:
    """Return what a page says of how results came to be."""
    return {
        "name": "made",
        "variant": "small",
        "sequences": "t1+t2",
        "chosen_by": "rule article",
        "rule": "article",
        "protocol": "nested",
        "protocol_note": "stopping used the next fold",
        "seeds": [1],
        "split_hash": "4f" * 32,
        "data_hash": "9c" * 32,
        "code_version": "0.1.0 abcdef012345",
        "synthetic": True,
        "versions": {"numpy": "2.1.0", "torch": "2.9.0"},
        "settings": "task: classification\nmodel:\n  name: small\n",
        "extra_runs": [
            {
                "label": "ResNet-18",
                "sequences": "t1+t2",
                "fold": 0,
                "auroc": 0.87,
                "n": 12,
                "seconds": 61.4,
            }
        ],
    }
