"""A prediction table of several models, made from one severity per patient."""

import numpy as np
import pandas as pd
import pytest

NOISE = {"combined": 0.7, "cnn": 1.0, "fib4": 2.0, "reader_1": 1.5}
KINDS = {"combined": "probability", "cnn": "probability", "fib4": "score", "reader_1": "call"}
N_FOLDS = 5


def make_rows(model, *, noise, kind, seed=0, sequences="t1+t2", n_training=80, n_test=50):
    """Return one row per training patient and one per fold and test patient."""
    rng = np.random.default_rng([seed, len(model), int(10 * noise)])
    truth = np.arange(n_training + n_test) % 2
    severity = 2 * truth - 1 + np.random.default_rng(1).normal(size=truth.size)
    rows = []
    for at, label in enumerate(truth):
        is_training = at < n_training
        value = severity[at] + rng.normal(0, noise)
        for fold in [at // 2 % N_FOLDS] if is_training else range(N_FOLDS):
            logit = value + (rng.normal(0, 0.2) if kind == "probability" else 0)
            score = {
                "probability": 1 / (1 + np.exp(-logit)),
                "score": np.exp(logit),
                "call": float(logit > 0),
            }[kind]
            rows.append(
                {
                    "experiment": "demo",
                    "variant": "v1",
                    "model": model,
                    "sequences": sequences,
                    "protocol": "nested" if kind == "probability" else "none",
                    "seed": 17,
                    "fold": fold,
                    "split": "training" if is_training else "internal_1",
                    "patient_id": f"P{at:03}",
                    "y_true": int(label),
                    "y_score": score,
                    "score_kind": kind,
                    "y_pred": int(score) if kind == "call" else pd.NA,
                }
            )
    return pd.DataFrame(rows)


@pytest.fixture(scope="session")
def predictions():
    """Four models of one run; not to be changed by tests."""
    return pd.concat(
        [make_rows(name, noise=NOISE[name], kind=KINDS[name]) for name in NOISE],
        ignore_index=True,
    )
