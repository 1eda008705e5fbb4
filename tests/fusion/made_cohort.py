"""A small cohort with CNN scores and blood tests that both carry the class."""

import numpy as np
import pandas as pd

N_FOLDS = 5


def make_cohort(n_training=100, n_test=30, seed=7, signal=1.0, n_folds=N_FOLDS):
    """Return CNN rows and patients; half of the patients are positive."""
    rng = np.random.default_rng(seed)
    n = n_training + n_test
    truth = np.arange(n) % 2
    severity = signal * (2 * truth - 1) + rng.normal(size=n)
    patients = pd.DataFrame(
        {
            "patient_id": [f"P{k:03}" for k in range(n)],
            "age_years": rng.normal(55, 9, n).round().clip(20),
            "platelets_e9_per_l": (150 * np.exp(-0.25 * severity + rng.normal(0, 0.3, n))).round(),
            "total_bilirubin_umol_per_l": 14 * np.exp(rng.normal(0, 0.4, n)),
            "albumin_g_per_l": rng.normal(41, 4, n),
            "ast_u_per_l": 35 * np.exp(0.1 * severity + rng.normal(0, 0.4, n)),
            "alt_u_per_l": 35 * np.exp(rng.normal(0, 0.5, n)),
            "alp_u_per_l": 86 * np.exp(rng.normal(0, 0.3, n)),
            "ggt_u_per_l": 56 * np.exp(rng.normal(0, 0.6, n)),
            "inr": rng.normal(1.05, 0.06, n),
            "ast_upper_limit_u_per_l": 40.0,
            "reader_1": (severity + rng.normal(size=n) > 0).astype(float),
            "reader_2": (severity + 2 * rng.normal(size=n) > 0).astype(float),
        }
    )
    cnn = make_cnn_rows(patients["patient_id"], truth, severity, n_training, rng, n_folds=n_folds)
    return cnn, patients


def make_cnn_rows(names, truth, severity, n_training, rng, *, n_folds=N_FOLDS):
    """Return one out-of-fold row per training patient and one row per fold and test patient."""
    rows = []
    for at, name in enumerate(names):
        folds = [at // 2 % n_folds] if at < n_training else range(n_folds)
        for fold in folds:
            logit = severity[at] + rng.normal(0, 0.8)
            rows.append(
                {
                    "experiment": "demo",
                    "variant": "v1",
                    "model": "cnn",
                    "sequences": "t1+t2",
                    "protocol": "nested",
                    "seed": 17,
                    "fold": fold,
                    "split": "training" if at < n_training else "external",
                    "patient_id": name,
                    "y_true": int(truth[at]),
                    "y_score": 1 / (1 + np.exp(-logit)),
                    "score_kind": "probability",
                    "y_pred": pd.NA,
                }
            )
    return pd.DataFrame(rows)


def make_splits(cnn):
    """Return the table of a split file that agrees with the rows."""
    facts = cnn.drop_duplicates("patient_id")
    training = facts["split"] == "training"
    return pd.DataFrame(
        {
            "patient_id": facts["patient_id"],
            "group_id": facts["patient_id"],
            "study_date": "2020-01-01",
            "target": facts["y_true"],
            "split": facts["split"],
            "fold": facts["fold"].where(training).astype("Int64"),
            "excluded_for": pd.NA,
        }
    )
