"""How fast is `prepare`, and does its memory grow with the cohort? See README.md.

python experiments/preparation/run.py --data FOLDER --out FOLDER --json FILE
"""

import argparse
import os
import platform
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from made_cohort import make_cohort
from shared_part import compare, time_shared_part
from watched_command import prepare

from cirrhosis.contracts.files import read_json, write_json

PARTS = ("shared", "throughput", "memory")


def main() -> None:
    """Measure what is not measured yet, part by part, and write all of it."""
    options = read_options()
    parts: dict[str, Callable[[argparse.Namespace], Any]] = {
        "shared": measure_shared,
        "throughput": measure_throughput,
        "memory": measure_memory,
    }
    found = read_json(options.json) if options.json.is_file() else {}
    found["environment"] = describe_environment()
    for name in options.parts:
        if name in found:
            print(f"{name}: measured before; remove it from {options.json} to repeat", flush=True)
            continue
        found[name] = parts[name](options)
        write_json(found, options.json)
        print(f"{name}: {found[name]['summary']}", flush=True)


def read_options() -> argparse.Namespace:
    """Return the words of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="image_<id>, label_<id>")
    parser.add_argument("--out", type=Path, required=True, help="for cohorts and stores")
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=5, help="of shared and throughput")
    parser.add_argument("--volumes", type=int, default=14, help="of the shared part")
    parser.add_argument("--patients", type=int, default=28, help="of throughput")
    parser.add_argument("--sizes", type=int, nargs=2, default=[20, 200], help="of memory")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


def measure_shared(options: argparse.Namespace) -> dict[str, Any]:
    """Compare the shared part with MONAI's pipeline, as paired ratios per volume."""
    images = sorted(options.data.glob("image_*.nii.gz"))[: options.volumes]
    agreement = [compare(image) for image in images[:3]]
    rows = time_shared_part(images, rounds=options.rounds)
    summary: dict[str, Any] = {"correlation": round(min(agreement), 5), "n_pairs": len(rows)}
    for way in ("product_volume", "product_five_planes"):
        ratios = [row["monai_volume"] / row[way] for row in rows]
        summary[f"monai_over_{way}"] = quartiles(ratios)
    for way in ("product_volume", "product_five_planes", "monai_volume"):
        summary[f"{way}_s"] = quartiles([row[way] for row in rows])
    return {"summary": summary, "rows": rows}


def measure_throughput(options: argparse.Namespace) -> dict[str, Any]:
    """Time the command from its start to its end, with one and with three sequences."""
    rows = []
    for n_sequences in (1, 3):
        root = fresh(options.out / f"throughput-{n_sequences}")
        make_cohort(options.data, root, options.patients, n_sequences=n_sequences)
        for number in range(max(1, options.rounds // 2)):
            shutil.rmtree(root / "prepared", ignore_errors=True)
            for state in ("new", "again"):
                got = prepare(root, "made", f"n_workers={options.workers}")
                rows.append({"sequences": n_sequences, "state": state, "round": number, **got})
                print(rows[-1], flush=True)
    summary = {}
    for n_sequences in (1, 3):
        for state in ("new", "again"):
            per_minute = [
                60 * row["patients"] / row["seconds"]
                for row in rows
                if (row["sequences"], row["state"]) == (n_sequences, state)
            ]
            summary[f"{n_sequences}_sequences_{state}_per_minute"] = quartiles(per_minute)
    return {"summary": summary, "rows": rows, "workers": options.workers}


def measure_memory(options: argparse.Namespace) -> dict[str, Any]:
    """Compare the peak memory of a small and a large cohort, one sequence each."""
    rows = []
    for size in options.sizes:
        root = fresh(options.out / f"memory-{size}")
        make_cohort(options.data, root, size, n_sequences=1)
        got = prepare(root, "made", f"n_workers={options.workers}")
        rows.append({"size": size, **got})
        print(rows[-1], flush=True)
        shutil.rmtree(root)
    small, large = rows
    summary = {
        "peak_mb": [small["peak_mb"], large["peak_mb"]],
        "ratio": round(large["peak_mb"] / small["peak_mb"], 3),
        "ratio_command": round(large["peak_command_mb"] / small["peak_command_mb"], 3),
    }
    return {"summary": summary, "rows": rows, "workers": options.workers}


def fresh(folder: Path) -> Path:
    """Return the folder, emptied of what an interrupted measurement left."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def quartiles(values: list[float]) -> dict[str, float]:
    """Return median and quartiles."""
    low, middle, high = (round(float(value), 4) for value in np.percentile(values, [25, 50, 75]))
    return {"median": middle, "low": low, "high": high}


def describe_environment() -> dict[str, Any]:
    """Return what the numbers depend on."""
    packages = ("SimpleITK", "numpy", "nibabel", "monai", "torch")
    return {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


if __name__ == "__main__":
    main()
