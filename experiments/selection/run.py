"""Is the area of the chosen combination right after its correction? See README.md.

python experiments/selection/run.py --csv FILE [--simulations 1000] [--resamples 400]

Goes on where it was stopped: a row that stands in FILE is not made again.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from cirrhosis.evaluation.patient_scores import PatientScores
from cirrhosis.evaluation.selection import choose_combination
from cirrhosis.evaluation.selection_settings import SelectionSettings
from cirrhosis.evaluation.settings import EvaluationSettings
from cirrhosis.statistics.auroc_comparison import compare_auroc_paired
from cirrhosis.statistics.discrimination import auroc_interval

NAMES = ("pvp", "t1", "t2", "pvp+t1", "pvp+t2", "t1+t2", "pvp+t1+t2")
# True areas under the ROC curve, in the order of NAMES.
SCENARIOS = {
    "equal": (0.80,) * 7,
    "near": (0.76, 0.77, 0.78, 0.79, 0.80, 0.81, 0.82),
    "far": (0.66, 0.70, 0.74, 0.78, 0.80, 0.82, 0.88),
    "one_better": (0.75,) * 6 + (0.85,),
}
SIZES = (120, 840)
# Share of a score's variance inside a class that all combinations have in common.
SHARED = 0.7
SHARE_POSITIVE = 0.636
LEVEL = 0.95
KEYS = ("scenario", "n", "rule")


def main() -> None:
    """Simulate every scenario and size, and write a row of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--csv", type=Path, required=True, help="where the table goes")
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--resamples", type=int, default=400)
    parser.add_argument("--rules", nargs="*", default=["auroc", "article", "parsimony"])
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    options = parser.parse_args()
    rows = pd.read_csv(options.csv).to_dict("records") if options.csv.is_file() else []
    done = {tuple(row[key] for key in KEYS) for row in rows}
    for n in options.sizes:
        for rule in options.rules:
            for scenario in SCENARIOS:
                if (scenario, n, rule) in done:
                    continue
                rows.append(simulate(scenario, n, rule, options.simulations, options.resamples))
                print(rows[-1], flush=True)
                pd.DataFrame(rows).to_csv(options.csv, index=False, float_format="%.5g")


def simulate(
    scenario: str, n: int, rule: str, n_simulations: int, n_resamples: int
) -> dict[str, Any]:
    """Return bias, error and coverage over simulated cohorts."""
    settings = EvaluationSettings(rule=rule, selection=SelectionSettings(n_resamples=n_resamples))
    begun = time.process_time()
    seeds = np.random.SeedSequence([n, *scenario.encode()]).spawn(n_simulations)
    found = pd.DataFrame(
        [choose(SCENARIOS[scenario], n, np.random.default_rng(seed), settings) for seed in seeds]
    )
    seconds = time.process_time() - begun
    row = {"scenario": scenario, "n": n, "rule": rule, "n_simulations": n_simulations}
    row |= {
        "n_resamples": n_resamples,
        "largest_chosen": (found["true"] == max(SCENARIOS[scenario])).mean(),
    }
    for name in ("apparent", "corrected", "out_of_bag"):
        error = found[name] - found["true"]
        row |= {
            f"{name}_bias": error.mean(),
            f"{name}_bias_se": error.std() / np.sqrt(n_simulations),
            f"{name}_rmse": np.sqrt((error**2).mean()),
        }
    for name in ("apparent", "corrected"):
        inside = (found[f"{name}_low"] <= found["true"]) & (found["true"] <= found[f"{name}_high"])
        row[f"{name}_coverage"] = inside.mean()
    return row | {"any_p_below_05": found["is_significant"].mean(), "seconds": round(seconds, 1)}


def choose(
    areas: tuple[float, ...], n: int, rng: np.random.Generator, settings: EvaluationSettings
) -> dict[str, Any]:
    """Draw one cohort, choose, and hold what is said of the chosen area beside the truth."""
    scores = draw(areas, n, rng)
    choice = choose_combination(scores, settings=settings)
    chosen, best = choice.by_rule[settings.rule], choice.by_rule["auroc"]
    assert chosen is not None
    assert best is not None
    own = scores[chosen]
    apparent = auroc_interval(own.y_true, own.y_score, confidence_level=LEVEL)
    p_values = [
        compare_auroc_paired(own.y_true, one.y_score, scores[best].y_score).p_value
        for name, one in scores.items()
        if name != best
    ]
    return {
        "true": areas[NAMES.index(chosen)],
        "apparent": apparent.value,
        "apparent_low": apparent.low,
        "apparent_high": apparent.high,
        "corrected": choice.correction["auroc_corrected"],
        "corrected_low": choice.correction["auroc_corrected_low"],
        "corrected_high": choice.correction["auroc_corrected_high"],
        "out_of_bag": choice.correction["auroc_out_of_bag"],
        "is_significant": any(p is not None and p < 0.05 for p in p_values),
    }


def draw(areas: tuple[float, ...], n: int, rng: np.random.Generator) -> dict[str, PatientScores]:
    """Return normal scores of one cohort whose combinations have the given true areas.

    Inside a class every score has variance 1, so a shift of sqrt(2) times the normal quantile
    of an area gives that area.
    """
    truth = (np.arange(n) < round(SHARE_POSITIVE * n)).astype(np.int64)
    patients = np.array([f"P{at:04d}" for at in range(n)])
    shared = np.sqrt(SHARED) * rng.normal(size=n)
    return {
        name: PatientScores(
            patient_id=patients,
            y_true=truth,
            y_score=np.sqrt(2) * norm.ppf(area) * truth
            + shared
            + np.sqrt(1 - SHARED) * rng.normal(size=n),
            fold=np.arange(n) % 5,
            protocol="nested",
            score_kind="score",
        )
        for name, area in zip(NAMES, areas, strict=True)
    }


if __name__ == "__main__":
    main()
