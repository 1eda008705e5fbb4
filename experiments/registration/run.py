"""How near to the truth do registrations bring the liver, and how fast? See README.md.

python experiments/registration/run.py --json FILE [--real FOLDER] [--methods NAME ...]
    [--scenarios NAME ...] [--pairs N] [--network FOLDER] [--ablation] [--seed N]

Each pair is written to FILE's name with `_pairs.csv` as soon as it is measured, and is not
measured again.
"""

import argparse
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from methods import ABLATION, SETTINGS, build_method, train_network
from pair import Pair
from phantom_pairs import phantom_pairs
from real_pairs import real_pairs
from tables import summarise, tabulate

from cirrhosis.contracts.files import hash_content, write_json, write_table
from cirrhosis.contracts.volume import Registrar
from cirrhosis.imaging.rigid import IDENTITY

METHODS = ("simpleitk", "network", "network_refined")
SCENARIOS = ("whole", "breathing", "real")
SEED = 6
N_PAIRS = 24
KEY = ["settings", "method", "scenario", "pair"]


def main() -> None:
    """Measure what is missing and write the summary."""
    options = _parse()
    methods = list(options.methods)
    if options.ablation:
        methods = [*methods, *ABLATION]
    network = _network(options, methods)
    registrars = {name: build_method(name, network) for name in ("none", *methods)}
    pairs_file = options.json.with_name(f"{options.json.stem}_pairs.csv")
    stamp = hash_content({"settings": asdict(SETTINGS), "seed": options.seed})[:8]
    for scenario in options.scenarios:
        if scenario == "real" and options.real is None:
            print("no folder of real volumes given by --real; its scenario is left out")
            continue
        total, pairs = _pairs(scenario, options)
        for number, pair in enumerate(pairs, 1):
            for name, registrar in registrars.items():
                place = (stamp, name, scenario, pair.name)
                if place in _read_done(pairs_file):
                    continue
                row = dict(zip(KEY, place, strict=True)) | measure(registrar, pair)
                _append(row, pairs_file)
                print(
                    f"{scenario} {number}/{total} {pair.name} {name}: start"
                    f" {row['start_mm']:.1f} mm, error {row['median_mm']:.2f} mm,"
                    f" {row['seconds']:.1f} s {row['flags']}",
                    flush=True,
                )
    rows = pd.read_csv(pairs_file, keep_default_na=False)
    rows = rows[rows["settings"] == stamp]
    write_json(summarise(rows[rows["method"].isin(METHODS)]), options.json)
    write_table(tabulate(rows), options.json.with_name(f"{options.json.stem}_table.csv"))
    print(tabulate(rows).to_string(index=False))


def measure(registrar: Registrar, pair: Pair) -> dict[str, Any]:
    """Return errors, seconds and flags of one registration."""
    clock, processor = time.perf_counter(), time.process_time()
    found = registrar(pair.fixed, pair.moving, pair.liver, patient_id=pair.name)
    seconds, cpu_seconds = time.perf_counter() - clock, time.process_time() - processor
    errors = pair.errors_mm(found.transform)
    return {
        "contrast": pair.contrast,
        "start_mm": round(float(np.median(pair.errors_mm(IDENTITY))), 4),
        "median_mm": round(float(np.median(errors)), 4),
        "mean_mm": round(float(errors.mean()), 4),
        "largest_mm": round(float(errors.max()), 4),
        "seconds": round(seconds, 3),
        "cpu_seconds": round(cpu_seconds, 3),
        "fallback": int(found.method == "identity"),
        "flags": ";".join(found.flags),
    }


def _pairs(scenario: str, options: argparse.Namespace) -> tuple[int, Iterator[Pair]]:
    if scenario == "real":
        total = 2 * len(list(options.real.glob("image_*.nii.gz")))
        return total, real_pairs(options.real, options.seed)
    n_anatomies = -(-options.pairs // 2)
    return 2 * n_anatomies, phantom_pairs(scenario, n_anatomies, options.seed)


def _network(options: argparse.Namespace, methods: Sequence[str]) -> Path | None:
    """Return the folder of a trained registrar, trained now if none was named."""
    if not any(name.startswith("network") for name in methods):
        return None
    if options.network is not None:
        return Path(options.network)
    return train_network(options.json.with_name(f"{options.json.stem}_network"))


def _read_done(path: Path) -> set[tuple[str, ...]]:
    if not path.is_file():
        return set()
    return set(pd.read_csv(path, dtype=str)[KEY].itertuples(index=False, name=None))


def _append(row: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame([row]).to_csv(path, mode="a", header=not path.is_file(), index=False)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, required=True, help="where the summary goes")
    parser.add_argument("--real", type=Path, help="folder of image_<id> and label_<id> .nii.gz")
    parser.add_argument("--methods", nargs="+", default=list(METHODS))
    parser.add_argument("--scenarios", nargs="+", default=list(SCENARIOS), choices=SCENARIOS)
    parser.add_argument("--pairs", type=int, default=N_PAIRS, help="per phantom scenario")
    parser.add_argument("--network", type=Path, help="trained registrar; else one is trained")
    parser.add_argument("--ablation", action="store_true", help="measure other settings too")
    parser.add_argument("--seed", type=int, default=SEED, help="of the phantom and the motions")
    return parser.parse_args()


if __name__ == "__main__":
    main()
