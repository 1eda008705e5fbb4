"""How much the area of a sequence combination changes with the seed of the training."""

from typing import Any

import numpy as np
import pandas as pd

from cirrhosis.contracts.splits import TRAINING
from cirrhosis.evaluation.combinations import MODEL
from cirrhosis.evaluation.patient_scores import PatientScores, read_runs
from cirrhosis.statistics.discrimination import auroc, within_fold_auroc

KEYS = ["experiment", "variant", "sequences"]
MEASURES = ("auroc", "within_fold_auroc")
COLUMNS = (
    *KEYS,
    "n_sequences",
    "seeds",
    "n_seeds",
    "n",
    *(f"{name}_{part}" for name in MEASURES for part in ("mean", "sd", "min", "max")),
    "n_largest",
    "reason",
)

Row = dict[str, Any]


def describe_seeds(predictions: pd.DataFrame) -> pd.DataFrame:
    """Describe the out-of-fold areas of each combination over the seeds it was trained with.

    Patients and folds are the same for all seeds, so the spread is that of training alone:
    it adds to the sampling of patients, which the intervals of `combinations.csv` cover.

    Args:
        predictions: Rows of the model `cnn`, of every seed; other models are left aside.

    Returns:
        A row per experiment, variant and combination, the largest mean first: mean, standard
        deviation (divisor n - 1), smallest and largest pooled and within-fold area over
        seeds, and `n_largest`, the seeds in which no combination has a larger pooled area.
        Columns are `COLUMNS`.

    Raises:
        ContractError: If the table breaks the contract of predictions.
    """
    of_cnn = predictions[(predictions["model"] == MODEL) & (predictions["split"] == TRAINING)]
    runs = pd.DataFrame(
        [keys | _measure(models[MODEL][TRAINING]) for keys, models in read_runs(of_cnn)],
        columns=[*KEYS, "seed", "n", *MEASURES],
    )
    of_seed = runs.groupby(["experiment", "variant", "seed"])["auroc"]
    runs["is_largest"] = runs["auroc"].notna() & (runs["auroc"] == of_seed.transform("max"))
    rows = [
        dict(zip(KEYS, keys, strict=True)) | _summarise(str(keys[-1]), part)
        for keys, part in runs.groupby(KEYS, sort=True)
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    order = [*KEYS[:2], "auroc_mean", "n_sequences", "sequences"]
    return table.sort_values(
        order, ascending=[True, True, False, True, True], kind="stable", ignore_index=True
    )


def _measure(scores: PatientScores) -> Row:
    return {
        "n": len(scores.y_true),
        "auroc": auroc(scores.y_true, scores.y_score).value,
        "within_fold_auroc": within_fold_auroc(scores.y_true, scores.y_score, scores.fold).value,
    }


def _summarise(sequences: str, runs: pd.DataFrame) -> Row:
    row: Row = {
        "n_sequences": sequences.count("+") + 1,
        "seeds": ", ".join(str(seed) for seed in sorted(runs["seed"])),
        "n_seeds": len(runs),
        "n": int(runs["n"].min()),
        "n_largest": int(runs["is_largest"].sum()),
        "reason": _explain(runs),
    }
    for name in MEASURES:
        values = runs[name].dropna().to_numpy(dtype=np.float64)
        row |= {f"{name}_{part}": None for part in ("mean", "sd", "min", "max")}
        if values.size:
            row |= {
                f"{name}_mean": float(values.mean()),
                f"{name}_min": float(values.min()),
                f"{name}_max": float(values.max()),
            }
        if values.size > 1:
            row[f"{name}_sd"] = float(values.std(ddof=1))
    return row


def _explain(runs: pd.DataFrame) -> str:
    reasons = []
    if len(runs) == 1:
        reasons.append("one seed has no spread")
    if runs["n"].nunique() > 1:
        counts = ", ".join(
            f"seed {seed}: {n}" for seed, n in zip(runs["seed"], runs["n"], strict=True)
        )
        reasons.append(f"seeds differ in patients ({counts}), so a fold is missing in some")
    return "; ".join(reasons)
