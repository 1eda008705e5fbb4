"""Facts and simulated predictions of the digital phantom: synthetic, in memory, any size."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit

from cirrhosis.clinical.fibrosis import is_cirrhosis
from cirrhosis.contracts.predictions import COLUMNS
from cirrhosis.evaluation.facts import join_facts
from cirrhosis.phantom.clinical_table import make_clinical_table
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.severity import make_severity

N_FOLDS = 5
# Noise of each model in units of severity, and what kind of score it gives.
MODELS = {
    "combined": (0.5, "probability"),
    "cnn": (0.8, "probability"),
    "fib4": (1.5, "score"),
    "reader_1": (1.0, "call"),
}
CUT, STEEPNESS = -0.385, 1.6


class PhantomEvaluation(NamedTuple):
    """Synthetic patients and what simulated models predict of them."""

    facts: pd.DataFrame
    predictions: pd.DataFrame


def simulate(
    n: int, *, seed: int = 3, models: tuple[str, ...] = tuple(MODELS)
) -> PhantomEvaluation:
    """Return `n` patients, split as the article splits them, and models that see severity."""
    severity = make_severity(n, seed, signal="default")
    patients = make_clinical_table(severity, DigitalSettings(n, seed))
    facts = join_facts(patients, split(patients))
    shown = severity["severity"].to_numpy()
    tables = [predict(facts, shown, name) for name in models]
    return PhantomEvaluation(facts, pd.concat(tables, ignore_index=True))


def split(patients: pd.DataFrame) -> pd.DataFrame:
    """Return a split file: centre 1 early is training and every tenth of it internal_1."""
    at = np.arange(len(patients))
    is_early = patients["mri_date"] < "2021-06-01"
    place = np.where(is_early, "internal_1", "internal_2")
    place = np.where(is_early & (at % 10 != 0), "training", place)
    place = np.where(patients["center"].astype(str) == "1", place, "external")
    target = [
        int(is_cirrhosis(scheme, stage))
        for scheme, stage in zip(
            patients["fibrosis_scheme"], patients["fibrosis_stage"], strict=True
        )
    ]
    fold = pd.Series(at // 3 % N_FOLDS).where(place == "training")
    return pd.DataFrame(
        {
            "patient_id": patients["patient_id"],
            "study_date": patients["mri_date"],
            "target": target,
            "split": place,
            "fold": fold.astype("Int64"),
            "excluded_for": pd.NA,
        }
    )


def predict(facts: pd.DataFrame, shown: np.ndarray, model: str) -> pd.DataFrame:
    """Return a model's out-of-fold row per training patient, and one per fold of the others."""
    noise, kind = MODELS[model]
    seen = shown + np.random.default_rng([7, len(model)]).normal(0, noise, len(shown))
    is_training = facts["split"].eq("training").to_numpy()
    folds = facts["fold"].fillna(0).to_numpy(dtype=int)
    tables = []
    for fold in range(N_FOLDS):
        rows = ~is_training | (folds == fold)
        own = np.random.default_rng([fold, len(model)]).normal(0, 0.2, len(shown))
        tables.append(
            pd.DataFrame(
                {
                    "fold": fold,
                    "split": facts["split"][rows],
                    "patient_id": facts.index[rows],
                    "y_true": facts["target"][rows],
                    "y_score": score(seen[rows], own[rows], kind),
                }
            )
        )
    fixed = {
        "experiment": "phantom",
        "variant": "v1",
        "model": model,
        "sequences": "t1+t2",
        "protocol": "nested" if kind == "probability" else "none",
        "seed": 1,
        "score_kind": kind,
        "y_pred": pd.NA,
    }
    return pd.concat(tables).assign(**fixed)[list(COLUMNS)].reset_index(drop=True)


def score(seen: np.ndarray, own: np.ndarray, kind: str) -> np.ndarray:
    """Return scores of a kind; only probabilities differ between folds."""
    if kind == "call":
        return (seen > CUT).astype(float)
    return expit(STEEPNESS * (seen + own - CUT)) if kind == "probability" else np.exp(seen)
