"""Every result table, estimated by the evaluation from a small SYNTHETIC cohort."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from cirrhosis.cohort.eligibility import EligibilitySettings
from cirrhosis.cohort.labels import LabelSettings
from cirrhosis.cohort.partition import SplitSettings, draw_partition
from cirrhosis.commands.result_sources import Sources, settle_reference
from cirrhosis.commands.result_tables import list_steps, make_tables
from cirrhosis.contracts.cohort import Cohort
from cirrhosis.contracts.files import write_json, write_table
from cirrhosis.contracts.predictions import COLUMNS
from cirrhosis.contracts.splits import TRAINING, Splits
from cirrhosis.evaluation.calibration_settings import CalibrationSettings
from cirrhosis.evaluation.comparators import add_comparators
from cirrhosis.evaluation.facts import join_facts
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.phantom.clinical_table import make_clinical_table
from cirrhosis.phantom.digital_settings import DigitalSettings
from cirrhosis.phantom.severity import make_severity
from tests.reporting.made_results import make_provenance, write_fusion

N = 170
NOISE = {"combined": 0.6, "cnn": 0.8, "clinical": 1.8}
COMBINATIONS = {"t1": 1.4, "t1+t2": 0.8}
# Few resamples: what is shown does not depend on their number.
SETTINGS = EvaluationSettings(
    n_permutations=99,
    calibration=CalibrationSettings(n_resamples=0),
)
NO_VOLUMES = pd.DataFrame(
    columns=["patient_id", "study_date", "sequence", "path", "liver_mask_path"]
)


def make_complete_results(folder: Path, *, with_networks: bool = True) -> Path:
    """Write a results folder with every table; without networks only blood tests took part."""
    sources = make_sources(with_networks=with_networks)
    for name, table in make_tables(sources, list_steps(sources)):
        write_table(table, folder / f"{name}.csv")
    write_fusion(folder / "fusion")
    write_json(make_provenance() | {"extra_runs": []}, folder / "provenance.json")
    return folder


def make_sources(*, with_networks: bool = True) -> Sources:
    """Return what the evaluation reads, made in memory."""
    severity = make_severity(N, 3, signal="default").set_index("patient_id")["severity"]
    patients = make_clinical_table(
        make_severity(N, 3, signal="default"), DigitalSettings(n_patients=N, seed=3)
    ).convert_dtypes()
    cohort = Cohort(Path(), patients, NO_VOLUMES)
    eligibility = EligibilitySettings(require_mri=False)
    partition = draw_partition(
        cohort, LabelSettings(), SplitSettings(seed=3, eligibility=eligibility)
    )
    splits = Splits("made", "4f" * 32, partition.table)
    facts = join_facts(patients, partition.table)
    noise = NOISE if with_networks else {"clinical": NOISE["clinical"]}
    fused = pd.concat([_predict(splits, severity, model, sd) for model, sd in noise.items()])
    fused = pd.concat([fused, _call(splits, patients)], ignore_index=True)
    if not with_networks:
        fused["sequences"] = "none"
    networks = [
        _predict(splits, severity, "cnn", sd, sequences) for sequences, sd in COMBINATIONS.items()
    ]
    rows = pd.concat(networks, ignore_index=True)
    settings = settle_reference(SETTINGS, fused)
    return Sources(
        settings=settings,
        cohort=cohort,
        splits=splits,
        facts=facts,
        labels=None,
        networks=rows if with_networks else None,
        all_seeds=pd.concat([rows, _retrain(rows)]) if with_networks else None,
        runs=make_runs() if with_networks else None,
        left_out=None,
        fused=fused,
        models=add_comparators(fused, facts, settings=settings),
        predictors=("platelets_e9_per_l", "inr"),
        fold_centers={0: "1"},
        exclusions=partition.flow,
        failures=None,
        qc=None,
    )


def make_runs() -> pd.DataFrame:
    """Return what became of made runs: one of them failed."""
    finished = {"n_folds": 5, "n_finished": 5, "n_running": 0, "n_stale": 0, "n_failed": 0}
    rows = [
        {"sequences": name, "seed": seed, **finished, "n_pending": 0, "n_left_out": 3, "reason": ""}
        for name in COMBINATIONS
        for seed in (1, 2)
    ]
    failed = {"n_finished": 4, "n_failed": 1, "reason": "fold 3: KilledWorker: out of memory"}
    return pd.DataFrame([*rows, {**rows[0], "sequences": "t2", **failed}])


def _retrain(rows: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(9)
    shaken = np.clip(rows["y_score"] + rng.normal(0, 0.1, len(rows)), 0, 1)
    return rows.assign(seed=2, y_score=shaken)


def _predict(
    splits: Splits, severity: "pd.Series[float]", model: str, sd: float, sequences: str = "t1+t2"
) -> pd.DataFrame:
    rows = splits.included.set_index("patient_id")
    rng = np.random.default_rng([len(model), *sequences.encode()])
    parts = []
    for fold in range(splits.n_folds):
        seen = rows[(rows["split"] != TRAINING) | (rows["fold"] == fold)]
        score = expit(1.6 * (severity[seen.index] + rng.normal(0, sd, len(seen)) + 0.4))
        parts.append(_shape(seen, model, sequences, fold, score, "probability"))
    return pd.concat(parts, ignore_index=True)


def _call(splits: Splits, patients: pd.DataFrame) -> pd.DataFrame:
    rows = splits.included.set_index("patient_id")
    calls = patients.set_index("patient_id")["reader_1"].astype(float)[rows.index]
    fold = rows["fold"].fillna(0).astype(int)
    return _shape(rows, "reader_1", "t1+t2", fold, calls, "call")


def _shape(seen, model, sequences, fold, score, kind):  # type: ignore[no-untyped-def]
    columns = {
        "experiment": "made",
        "variant": "small",
        "model": model,
        "sequences": sequences,
        "protocol": "none" if kind == "call" else "nested",
        "seed": 1,
        "fold": fold,
        "split": seen["split"],
        "patient_id": seen.index,
        "y_true": seen["target"].astype(int),
        "y_score": score,
        "score_kind": kind,
        "y_pred": score.astype(int) if kind == "call" else pd.NA,
    }
    return pd.DataFrame(columns, index=seen.index)[list(COLUMNS)].reset_index(drop=True)
