"""Does a search by stopping rows help on rows it never saw? See README.md beside this file.

python experiments/search/run.py --out outputs/search
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.statistics.discrimination import auroc
from cirrhosis.statistics.resampling import cluster_bootstrap

HERE = Path(__file__).parent
# Frozen before any run; no seed of the other experiments is among them.
SEED = 31
N_TRIALS = 12
COHORT = (
    "name=search",
    "experiment=demo",
    "phantom.n_patients=400",
    "preparation.sequences=[t1,t2]",
    f"seed={SEED}",
)
TRAINING = (
    *COHORT,
    "sequences=t1+t2",
    "trainer.max_epochs=20",
    "logger=none",
    "callbacks.restart_every_n_epochs=0",
    "hydra/launcher=basic",
    "fold=all",
)
SEARCH = (
    "search=learning",
    f"hydra.sweeper.n_trials={N_TRIALS}",
    "hydra.sweeper.sampler.n_startup_trials=6",
)


def main() -> None:
    """Search, train the settings that nobody searched, and compare both on the test rows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="where the cohort and runs go")
    options = parser.parse_args()
    if not (options.out / "prepared" / "search" / "manifest.json").exists():
        for command in ("phantom", "split", "prepare"):
            call(options.out, command, *COHORT)
    call(options.out, "train", "-m", *TRAINING, "variant=unsearched")
    call(options.out, "train", "-m", *TRAINING, *SEARCH)
    newest = sorted(options.out.glob("logs/train-sweeps/*/search.csv"))[-1]
    trials = pd.read_csv(newest)
    chosen = Path(trials.query("chosen")["folder"].item())
    areas = [measure(Path(folder)) for folder in trials["folder"]]
    trials = trials.drop(columns=["folder", "reason", "minutes"]).join(pd.DataFrame(areas))
    (HERE / "results").mkdir(exist_ok=True)
    trials.to_csv(HERE / "results" / "trials.csv", index=False, float_format="%.4f")
    table = pd.DataFrame(compare(options.out, chosen))
    table.to_csv(HERE / "results" / "areas.csv", index=False, float_format="%.4f")
    print(trials[["trial", "chosen", "auroc_stopping", "auroc_out_of_fold", "auroc_test"]])
    print(table.to_string(index=False))
    ranks = trials[["auroc_stopping", "auroc_test"]].corr(method="spearman").iloc[0, 1]
    print(f"Spearman's correlation of stopping and test over {len(trials)} trials: {ranks:.2f}")


def measure(folder: Path) -> dict[str, float | None]:
    """Return the areas of a trial's five networks where they chose nothing."""
    training, tests = read_rows(folder)
    return {
        "auroc_out_of_fold": auroc(training["y_true"], training["y_score"]).value,
        "auroc_test": auroc(tests["y_true"], tests["y_score"]).value,
    }


def read_rows(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return out-of-fold rows, and one test row per patient: the mean over the folds."""
    paths = sorted(folder.glob("fold-*/predictions.csv"))
    rows = pd.concat([read_predictions(path) for path in paths], ignore_index=True)
    is_training = rows["split"] == "training"
    tests = rows[~is_training].groupby("patient_id", as_index=False)[["y_true", "y_score"]].mean()
    return rows[is_training], tests


def compare(out: Path, chosen: Path) -> list[dict[str, object]]:
    """Return the areas of chosen and unsearched settings on test rows, and their difference."""
    unsearched = out / "runs/search/classification/unsearched/t1+t2" / f"seed-{SEED}"
    left, right = read_rows(chosen)[1], read_rows(unsearched)[1]
    truth, patients = left["y_true"].to_numpy(), left["patient_id"].to_numpy()
    scores = {"chosen": left["y_score"].to_numpy(), "unsearched": right["y_score"].to_numpy()}

    def area(name: str, rows: np.ndarray) -> float | None:
        return auroc(truth[rows], scores[name][rows]).value

    def difference(rows: np.ndarray) -> float | None:
        first, second = area("chosen", rows), area("unsearched", rows)
        return None if first is None or second is None else first - second

    everyone = np.arange(len(truth))
    estimates = {name: lambda rows, name=name: area(name, rows) for name in scores}
    rows = []
    for name, estimate in {**estimates, "difference": difference}.items():
        interval = cluster_bootstrap(patients, estimate, rng=np.random.default_rng(SEED))
        rows.append(
            {
                "settings": name,
                "n_test": len(truth),
                "auroc_test": estimate(everyone),
                "low": interval.low,
                "high": interval.high,
                "method": interval.method,
            }
        )
    return rows


def call(out: Path, command: str, *words: str) -> None:
    """Run one console command with one thread per process."""
    environment = os.environ | {"CIRRHOSIS_ROOT": str(out), "OMP_NUM_THREADS": "1"}
    print("cirrhosis", command, *words, flush=True)
    line = [sys.executable, "-m", "cirrhosis.commands", command, *words]
    subprocess.run(line, env=environment, check=True)


if __name__ == "__main__":
    main()
