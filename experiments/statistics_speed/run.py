"""How long does DeLong take, beside the definition and other packages? See README.md.

python experiments/statistics_speed/run.py --json FILE [--sizes 1000 10000 100000 1000000]
"""

import argparse
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from ways import TASKS, Numbers, Way, list_installed

from cirrhosis.contracts.files import write_json

SIZES = (1_000, 10_000, 100_000, 1_000_000)
ROUNDS = 5
# The definition takes n squared: measured up to this size, above the second in one round.
MOST_FOR_PAIRS, SLOW_FROM = 100_000, 50_000
# Values further apart, relative to ours, are not the same number.
SAME = 1e-9
LIBRARIES = ("numpy", "scipy", "scikit-learn")


def main() -> None:
    """Time every way at every size, ways taking turns, and write the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where times and values go")
    parser.add_argument("--csv", type=Path, help="where the table goes as well")
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    peers = list_installed()
    rows = []
    for size in options.sizes:
        for scores in ("distinct", "rounded"):
            columns = draw(size, scores)
            for task, ways in TASKS.items():
                here = {name: way for name, way in ways.items() if is_possible(name, size, peers)}
                for row in measure(here, columns, rounds=options.rounds):
                    rows.append({"task": task, "n": size, "scores": scores, **row})
                    print(rows[-1], flush=True)
    write_json({"environment": describe_environment(peers), "rows": rows}, options.json)
    if options.csv:
        pd.DataFrame(rows).to_csv(options.csv, index=False, float_format="%.4g")


def draw(size: int, scores: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw classes and two correlated scores, distinct or rounded to a hundredth."""
    rng = np.random.default_rng(size)
    truth = (rng.uniform(size=size) < 0.35).astype(int)
    shared = rng.normal(truth)
    first, second = shared + rng.normal(size=(2, size)) * [[0.8], [1.2]]
    if scores == "rounded":
        first, second = np.round(first, 2), np.round(second, 2)
    return truth, first, second


def is_possible(name: str, size: int, peers: dict[str, str]) -> bool:
    """Leave out packages that are absent, and the definition where it would take hours."""
    if name == "pairs":
        return size <= MOST_FOR_PAIRS
    return name in ("ours", "scikit-learn") or name in peers


def measure(
    ways: dict[str, Way], columns: tuple[np.ndarray, np.ndarray, np.ndarray], *, rounds: int
) -> list[dict[str, object]]:
    """Run the ways in turn, the order drawn anew each round; round 0 warms up.

    Seconds are those of the processor, which other work on the machine lengthens less than it
    lengthens those of the clock; run with one thread, or they add up over threads.
    """
    rng = np.random.default_rng(0)
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    values: dict[str, Numbers] = {}
    is_slow = columns[0].size > SLOW_FROM
    for number in range(rounds + 1):
        for name in rng.permutation(list(ways)):
            if name == "pairs" and is_slow and number != 1:
                continue
            start = time.process_time()
            values[name] = ways[name](*columns)
            if number:
                seconds[name].append(time.process_time() - start)
    return [summarise(name, seconds, values) for name in ways]


def summarise(
    name: str, seconds: dict[str, list[float]], values: dict[str, Numbers]
) -> dict[str, object]:
    """Return median, quartiles, ratio to ours, and whether the values are ours."""
    low, median, high = np.quantile(seconds[name], [0.25, 0.5, 0.75])
    furthest = max(
        abs(values[name][key] - ours) / abs(ours) for key, ours in values["ours"].items()
    )
    return {
        "way": name,
        "rounds": len(seconds[name]),
        "median_s": float(median),
        "low_quartile_s": float(low),
        "high_quartile_s": float(high),
        "times_ours": float(median / np.median(seconds["ours"])),
        "furthest_from_ours": float(furthest),
        "same_value": bool(furthest <= SAME),
    }


def describe_environment(peers: dict[str, str]) -> dict[str, object]:
    """Say where the times hold."""
    return {
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "threads": os.environ.get("OMP_NUM_THREADS", "all"),
        "load_average_1_min": round(os.getloadavg()[0], 2),
        "versions": {name: version(name) for name in LIBRARIES} | peers,
    }


if __name__ == "__main__":
    main()
