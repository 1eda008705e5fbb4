"""Does speed change what is learnt? See README.md beside this file.

python experiments/learning/run.py --out outputs/learning [--volumes FOLDER]
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
# Frozen before any run; no seed of the other experiments is among them.
SEED = 21
PLAIN = ("logger=none", "callbacks.restart_every_n_epochs=0", "progress=false")
DIGITAL = (
    "experiment=demo",
    "phantom.n_patients=400",
    "preparation.sequences=[t1,t2]",
    "protocol=fixed_epochs",
    "protocol.fixed_epochs=20",
)
PLANTED = ("experiment=controls", "phantom.liver_label=1")
COHORTS = {
    "digital": (DIGITAL, "t1+t2"),
    "planted-1": ((*PLANTED, "phantom.strength=1.0"), "t2"),
    "planted-0": ((*PLANTED, "phantom.strength=0.0"), "t2"),
}
ARMS = {
    "host": ("data.residency=host",),
    "device": ("data.residency=device",),
    "stream": ("data.residency=stream",),
    "plain": ("data.residency=host", "augmentation=none"),
}


def main() -> None:
    """Train every arm on every cohort and write one row for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="where cohorts and runs go")
    parser.add_argument("--volumes", type=Path, help="folder with image_*.nii.gz to plant in")
    parser.add_argument("--cohorts", nargs="*", default=list(COHORTS), choices=list(COHORTS))
    parser.add_argument("--arms", nargs="*", default=list(ARMS), choices=list(ARMS))
    options = parser.parse_args()
    rows = []
    for cohort in options.cohorts:
        settings, sequences = COHORTS[cohort]
        words = (*settings, *PLAIN, f"name={cohort}", f"seed={SEED}")
        prepare(options.out, cohort, words, options.volumes)
        # The others are compared with `host`, so that it is always among them.
        arms = [arm for arm in ARMS if arm in {"host", *options.arms}]
        scores = {
            arm: train(options.out, cohort, arm, (*words, f"sequences={sequences}")) for arm in arms
        }
        splits = read_splits(options.out / "splits" / f"{cohort}.csv")
        rows += [describe(cohort, arm, scores, splits.table) for arm in arms]
        table = pd.DataFrame(rows)
        (HERE / "results").mkdir(exist_ok=True)
        table.to_csv(HERE / "results" / "areas.csv", index=False, float_format="%.4f")
    print(table.to_string(index=False))


def prepare(out: Path, cohort: str, words: tuple[str, ...], volumes: Path | None) -> None:
    """Make the cohort and its store, once."""
    if (out / "prepared" / cohort / "manifest.json").exists():
        return
    source: tuple[str, ...] = ()
    if cohort != "digital":
        if volumes is None:
            sys.exit(f"{cohort} needs --volumes, the folder to plant in; or --cohorts digital")
        folder = out / "volumes"
        maker = HERE.parent / "controls" / "make_chaos_cohort.py"
        subprocess.run([sys.executable, str(maker), str(volumes), str(folder)], check=True)
        source = (f"phantom.source={folder.absolute()}",)
    call(out, "phantom", *words, *source)
    for command in ("split", "prepare"):
        call(out, command, *words)


def train(out: Path, cohort: str, arm: str, words: tuple[str, ...]) -> pd.DataFrame:
    """Train all folds of an arm and return their out-of-fold rows."""
    call(out, "train", "-m", *words, *ARMS[arm], "fold=all", f"variant={arm}")
    runs = sorted((out / "runs" / cohort / "classification" / arm).rglob("predictions.csv"))
    rows = pd.concat([read_predictions(path) for path in runs], ignore_index=True)
    return rows[rows["split"] == "training"].sort_values("patient_id", ignore_index=True)


def describe(
    cohort: str, arm: str, scores: dict[str, pd.DataFrame], splits: pd.DataFrame
) -> dict[str, object]:
    """Return the area of an arm and its distance from the first, by a bootstrap over groups.

    Variants of a donor are not independent, so groups are drawn and not patients.
    """
    own, first = scores[arm], scores["host"]
    truth, score = own["y_true"].to_numpy(), own["y_score"].to_numpy()
    reference = first["y_score"].to_numpy()
    groups = own["patient_id"].map(splits.set_index("patient_id")["group_id"]).to_numpy()

    def area(values: np.ndarray, chosen: np.ndarray) -> float | None:
        return auroc(truth[chosen], values[chosen]).value

    def difference(chosen: np.ndarray) -> float | None:
        left, right = area(score, chosen), area(reference, chosen)
        return None if left is None or right is None else left - right

    interval = cluster_bootstrap(
        groups, lambda chosen: area(score, chosen), rng=np.random.default_rng(SEED)
    )
    distance = cluster_bootstrap(groups, difference, rng=np.random.default_rng(SEED))
    everyone = np.arange(len(own))
    return {
        "cohort": cohort,
        "arm": arm,
        "n": len(own),
        "n_groups": len(set(groups)),
        "auroc": area(score, everyone),
        "low": interval.low,
        "high": interval.high,
        "within_fold_auroc": within_fold_auroc(truth, score, own["fold"]).value,
        "same_predictions_as_host": bool(np.array_equal(score, reference)),
        "difference_from_host": difference(everyone),
        "difference_low": distance.low,
        "difference_high": distance.high,
        "method": interval.method,
    }


def call(out: Path, command: str, *words: str) -> None:
    """Run one console command with one thread per process."""
    environment = os.environ | {"CIRRHOSIS_ROOT": str(out), "OMP_NUM_THREADS": "1"}
    print("cirrhosis", command, *words, flush=True)
    line = [sys.executable, "-m", "cirrhosis.commands", command, *words]
    subprocess.run(line, env=environment, check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
