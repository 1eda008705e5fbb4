"""Every table and figure at the article's size, on SYNTHETIC patients. README.md says more.

python experiments/article_size/run.py --out outputs/article-size [--json FILE] [--patients 1315]
"""

import argparse
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from cirrhosis.contracts.cohort import read_cohort
from cirrhosis.contracts.files import read_table, write_json
from cirrhosis.contracts.predictions import COLUMNS, write_predictions
from cirrhosis.contracts.splits import TRAINING, Splits, read_splits

NAME = "article_size"
SEQUENCES = ("t1", "t2", "pvp")
# What one trained network adds of its own to what its sequences show, in units of severity.
MODEL_NOISE_SD = 0.35
# Severity above which the phantom's pathologist calls S4 in 65 % of patients, and the steepness
# that makes the simulated probabilities roughly calibrated.
CUT, STEEPNESS = -0.385, 1.6


def main() -> None:
    """Make the tables, simulate the networks, and go through fuse, evaluate and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="where everything goes")
    parser.add_argument("--json", type=Path, help="where the seconds of each step go")
    parser.add_argument("--patients", type=int, default=1315)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    seconds = {
        "phantom": call(options, "phantom", "phantom=clinical"),
        "split": call(options, "split", "split.eligibility.require_mri=false"),
        "simulate": simulate(options),
    }
    given = f"predictions={predictions_of(options)}"
    for command in ("fuse", "evaluate", "report"):
        seconds[command] = call(options, command, given if command != "report" else "")
    seconds["tables_and_figures"] = sum(seconds[name] for name in ("fuse", "evaluate", "report"))
    for name, value in seconds.items():
        print(f"{name:<20}{value:7.1f} s")
    if options.json:
        write_json(
            {"patients": options.patients, "synthetic": True, "seconds": seconds}, options.json
        )


def call(options: argparse.Namespace, command: str, *words: str) -> float:
    """Run one command of the product and return its seconds."""
    start = time.monotonic()
    settings = [
        f"name={NAME}",
        f"seed={options.seed}",
        f"phantom.n_patients={options.patients}",
        *filter(None, words),
    ]
    subprocess.run(
        [Path(sys.executable).with_name("cirrhosis"), command, *settings],
        env=os.environ | {"CIRRHOSIS_ROOT": str(options.out)},
        check=True,
    )
    return time.monotonic() - start


def predictions_of(options: argparse.Namespace) -> Path:
    """Return where the simulated networks' predictions lie."""
    return Path(options.out).absolute() / "simulated_networks.csv"


def simulate(options: argparse.Namespace) -> float:
    """Write what networks of seven combinations and five folds might predict."""
    start = time.monotonic()
    cohort = read_cohort(options.out / "cohorts" / NAME)
    views = read_table(cohort.folder / "truth" / "severity.csv").set_index("patient_id")
    splits = read_splits(options.out / "splits" / f"{NAME}.csv")
    combinations = itertools.chain.from_iterable(
        itertools.combinations(SEQUENCES, size) for size in (1, 2, 3)
    )
    tables = [simulate_combination(names, views, splits, options.seed) for names in combinations]
    write_predictions(pd.concat(tables, ignore_index=True), predictions_of(options))
    return time.monotonic() - start


def simulate_combination(
    names: tuple[str, ...], views: pd.DataFrame, splits: Splits, seed: int
) -> pd.DataFrame:
    """Return rows of one combination: what its sequences show, plus noise per network."""
    sequences = "+".join(sorted(names))
    included = splits.included.set_index("patient_id")
    shown = views.loc[included.index, list(names)].mean(axis=1)
    rows = []
    for fold in range(splits.n_folds):
        rng = np.random.default_rng([seed, fold, *sequences.encode()])
        noise = pd.Series(rng.normal(0, MODEL_NOISE_SD, len(shown)), index=shown.index)
        seen = included[(included["split"] != TRAINING) | (included["fold"] == fold)].index
        rows.append(
            pd.DataFrame(
                {
                    "fold": fold,
                    "split": included.loc[seen, "split"],
                    "patient_id": seen,
                    "y_true": included.loc[seen, "target"],
                    "y_score": expit(STEEPNESS * (shown[seen] + noise[seen] - CUT)),
                }
            )
        )
    fixed = {
        "experiment": NAME,
        "variant": "default",
        "model": "cnn",
        "sequences": sequences,
        "protocol": "nested",
        "seed": seed,
        "score_kind": "probability",
        "y_pred": pd.NA,
    }
    return pd.concat(rows).assign(**fixed)[list(COLUMNS)].reset_index(drop=True)


if __name__ == "__main__":
    main()
