"""Is a planted signal found in real MRI, and none invented? See README.md beside this file.

python experiments/controls/run.py --data FOLDER --out outputs/controls
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from cirrhosis.contracts.predictions import read_predictions
from cirrhosis.contracts.splits import read_splits
from cirrhosis.statistics.discrimination import auroc, within_fold_auroc
from cirrhosis.statistics.resampling import cluster_bootstrap

HERE = Path(__file__).parent
# Frozen before any run.
SEEDS = (1, 2, 3)
CONTROLS = {
    "strength-1": ("phantom.strength=1.0",),
    "strength-0": ("phantom.strength=0.0",),
    "sham-vs-untouched": ("phantom.control=sham_vs_untouched",),
}
SETTINGS = (
    "experiment=controls",
    "phantom.liver_label=1",
    "logger=none",
    "callbacks.restart_every_n_epochs=0",
)


def main() -> None:
    """Make the cohorts, train on them, and write one row per control and seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with image_*.nii.gz")
    parser.add_argument("--out", type=Path, required=True, help="where cohorts and runs go")
    parser.add_argument("--controls", nargs="*", default=list(CONTROLS), choices=list(CONTROLS))
    options = parser.parse_args()
    source = options.out / "chaos"
    maker = [sys.executable, str(HERE / "make_chaos_cohort.py"), str(options.data), str(source)]
    subprocess.run(maker, check=True)
    for control in options.controls:
        rows = [measure(options.out, source, control, seed) for seed in SEEDS]
        table = pd.DataFrame(rows)
        (HERE / "results").mkdir(exist_ok=True)
        table.round(4).to_csv(HERE / "results" / f"{control}.csv", index=False)
        print(table.to_string(index=False))
        print(f"{control}: mean AUC {table['auroc'].mean():.3f} over {len(SEEDS)} seeds")


def measure(out: Path, source: Path, control: str, seed: int) -> dict[str, object]:
    """Take one planted cohort the whole way and return its area with a donor bootstrap."""
    name = f"{control}-{seed}"
    words = [*SETTINGS, *CONTROLS[control], f"name={name}", f"seed={seed}"]
    call(out, "phantom", *words, f"phantom.source={source.absolute()}")
    for command in ("split", "prepare"):
        call(out, command, *words)
    call(out, "train", "-m", *words, "sequences=t2", "fold=all", "variant=v")
    runs = sorted((out / "runs" / name).rglob("predictions.csv"))
    rows = pd.concat([read_predictions(path) for path in runs], ignore_index=True)
    splits = read_splits(out / "splits" / f"{name}.csv")
    donors = rows["patient_id"].map(splits.table.set_index("patient_id")["group_id"])
    truth, score = rows["y_true"].to_numpy(), rows["y_score"].to_numpy()
    interval = cluster_bootstrap(
        donors.to_numpy(),
        lambda chosen: auroc(truth[chosen], score[chosen]).value,
        rng=np.random.default_rng(seed),
    )
    return {
        "control": control,
        "seed": seed,
        "n": len(rows),
        "n_donors": donors.nunique(),
        "auroc": auroc(truth, score).value,
        "low": interval.low,
        "high": interval.high,
        "method": interval.method,
        "within_fold_auroc": within_fold_auroc(truth, score, rows["fold"]).value,
    }


def call(out: Path, command: str, *words: str) -> None:
    """Run one console command with one thread per process."""
    environment = os.environ | {"CIRRHOSIS_ROOT": str(out), "OMP_NUM_THREADS": "1"}
    print("cirrhosis", command, *words, flush=True)
    line = [sys.executable, "-m", "cirrhosis.commands", command, *words]
    subprocess.run(line, env=environment, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
