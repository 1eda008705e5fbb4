"""What does a run cost beside its training, and how long does a command take to begin?

python experiments/throughput/overhead.py --json FILE [--runs 8] [--starts 5] [--turns 3] [--quick]

A sweep in one worker, per logger: seconds of every run outside its training loop, by part. Then
`cirrhosis train`, anew each time, from its start to the first batch. Last the same sweep in
workers of one thread each, and in one worker with all of them.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from environment import describe_environment
from synthetic_source import NAME, write_source
from timing import spread

from cirrhosis.contracts.files import read_json, write_json

HERE = Path(__file__).parent
LOOP = "training_loop"
LOGGERS = {"none": ("logger=none",), "wandb offline": ("logger=wandb", "logger.mode=offline")}
OVERHEAD_LIMIT, START_LIMIT = 1.0, 20.0
N_FOLDS = 5


def main(words: list[str] | None = None) -> None:
    """Measure both and write what was found."""
    options = read_options(words)
    environment = describe_environment()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write_source(root, options.size, [options.patients // N_FOLDS] * N_FOLDS)
        sweeps = {logger: measure_sweep(root, options, logger) for logger in LOGGERS}
        starts = measure_starts(root, options)
        layouts = measure_layouts(root, options)
    content = {
        "overhead_seconds": max(row["later"]["median"] for row in sweeps.values()),
        "overhead_limit": OVERHEAD_LIMIT,
        "first_batch_seconds": starts["seconds"]["median"],
        "first_batch_limit": START_LIMIT,
        "sweeps": sweeps,
        "starts": starts,
        "layouts": layouts,
        "synthetic": True,
        "image_size": options.size,
        "patients": options.patients,
        "environment": environment,
    }
    write_json(content, options.json)


def read_options(words: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the numbers go")
    parser.add_argument("--runs", type=int, default=8, help="of each sweep")
    parser.add_argument("--starts", type=int, default=5, help="of the command")
    parser.add_argument("--turns", type=int, default=3, help="of whole sweeps; 0 leaves them out")
    parser.add_argument("--epochs", type=int, default=20, help="of each run of a whole sweep")
    parser.add_argument("--size", type=int, default=64, help="of slices")
    parser.add_argument("--patients", type=int, default=120, help="of the store")
    parser.add_argument("--quick", action="store_true", help="to see that it runs")
    options = parser.parse_args(words)
    if options.quick:
        options.runs, options.starts, options.turns, options.size = 2, 1, 0, 16
    return options


def measure_sweep(root: Path, options: argparse.Namespace, logger: str) -> dict[str, Any]:
    """Return the seconds of the runs of one sweep in one worker, the first and the later ones."""
    report = root / f"{logger}.json"
    seeds = ",".join(str(number) for number in range(1, options.runs + 1))
    line = [sys.executable, str(HERE / "overhead_sweep.py"), "train", "-m"]
    line += [*describe_run(root, options), *LOGGERS[logger], f"seed={seeds}", "model=resnet18"]
    line += ["hydra.launcher.n_workers=1", f"variant={logger.replace(' ', '-')}"]
    call(line, {"OVERHEAD_JSON": str(report)})
    content = read_json(report)
    jobs = content["jobs"]
    if len(jobs) != options.runs:
        sys.exit(f"expected {options.runs} timed runs, but found {len(jobs)}")
    outside = [sum(job.values()) - job[LOOP] for job in jobs]
    parts = sorted({name for job in jobs for name in job})
    row = {
        "imports": content["imports"],
        "first": outside[0],
        "later": spread(outside[1:]),
        "later_longest": max(outside[1:]),
        "first_parts": {name: jobs[0].get(name, 0.0) for name in parts},
        "later_parts": {name: median(job.get(name, 0.0) for job in jobs[1:]) for name in parts},
    }
    shown = ", ".join(f"{name} {value:.3f}" for name, value in row["later_parts"].items())
    print(
        f"{logger}: first run {outside[0]:.2f} s outside its loop, later"
        f" {row['later']['median']:.2f} s ({shown})",
        flush=True,
    )
    return row


def measure_starts(root: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return the seconds from the start of `cirrhosis train` to its first batch."""
    mark = root / "first-batch"
    seconds = []
    for number in range(options.starts):
        line = [sys.executable, "-m", "cirrhosis.commands", "train", *describe_run(root, options)]
        line += ["model=resnet18", "model._target_=first_batch.build", f"variant=start-{number}"]
        mark.unlink(missing_ok=True)
        began = time.time()
        call([*line, *LOGGERS["wandb offline"]], {"FIRST_BATCH": str(mark)})
        seconds.append(float(mark.read_text()) - began)
        print(f"start {number + 1}: first batch after {seconds[-1]:.1f} s", flush=True)
    return {"seconds": spread(seconds), "all_seconds": seconds, "logger": "wandb offline"}


def measure_layouts(root: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Return the seconds of whole sweeps by how the cores are divided, in turns."""
    n_cores = len(os.sched_getaffinity(0))
    layouts = {f"{n_cores} x 1": (n_cores, 1), f"1 x {n_cores}": (1, n_cores)}
    seconds: dict[str, list[float]] = {name: [] for name in layouts}
    for turn in range(options.turns):
        for name, (n_workers, threads) in layouts.items():
            line = [sys.executable, "-m", "cirrhosis.commands", "train", "-m"]
            line += [*describe_run(root, options), f"variant=turn-{turn}-{threads}", "logger=none"]
            # Long enough that training counts, not the start.
            line += ["model=resnet18", f"trainer.max_epochs={options.epochs}"]
            line += [f"seed={','.join(str(seed) for seed in range(1, 2 * n_cores + 1))}"]
            line += [f"hydra.launcher.n_workers={n_workers}", f"hydra.launcher.threads={threads}"]
            began = time.monotonic()
            call(line, {})
            seconds[name].append(time.monotonic() - began)
            print(f"{name} (workers x threads): {seconds[name][-1]:.1f} s", flush=True)
    found = {name: spread(values) for name, values in seconds.items() if values}
    return {"runs": 2 * n_cores, "workers x threads": found}


def describe_run(root: Path, options: argparse.Namespace) -> list[str]:
    """Return the overrides of a run on the synthetic source."""
    return [
        f"paths.root={root}",
        f"name={NAME}",
        "sequences=t1+t2",
        "fold=0",
        f"preparation.intensities.image_size={options.size}",
        "protocol.minimum_stopping=1",
        "trainer.max_epochs=2",
        "progress=false",
    ]


def call(line: list[str], variables: dict[str, str]) -> None:
    """Run a command; end with what it printed if it fails."""
    paths = os.pathsep.join(filter(None, [str(HERE), os.environ.get("PYTHONPATH")]))
    environment = os.environ | variables | {"PYTHONPATH": paths}
    done = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(line)}\n{done.stdout}\n{done.stderr}")


if __name__ == "__main__":
    main()
