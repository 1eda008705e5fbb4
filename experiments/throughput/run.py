"""All benchmarks of training, one after another, then a table and a plot. See README.md.

python experiments/throughput/run.py [--out experiments/throughput/results] [--quick]

Each is a process of its own; one that fails is named in the table, and the others go on.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from environment import describe_environment
from plot import draw
from tables import make_page

from cirrhosis.contracts.files import read_json, write_json, write_text

HERE = Path(__file__).parent


class Benchmark(NamedTuple):
    """A script beside this one.

    Attributes:
        name: Of script and result.
        quick: Its words for a try of seconds.
        detail: Whether it writes a second, longer file.
    """

    name: str
    quick: tuple[str, ...] = ("--quick",)
    detail: bool = False


BENCHMARKS = (
    Benchmark(
        "augmentation",
        ("--size", "32", "--batch", "2", "--rounds", "1", "--only", "ours", "copy", "monai"),
        detail=True,
    ),
    Benchmark("step"),
    Benchmark("baseline_monai"),
    Benchmark("cohort_size", ("--sizes", "20", "40", "--epochs", "1")),
    Benchmark("network_options", ("--rounds", "1", "--steps", "1")),
)


def main(words: list[str] | None = None) -> None:
    """Run what is there, and put the results together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "results", help="where results go")
    parser.add_argument("--only", nargs="*", choices=[one.name for one in BENCHMARKS])
    parser.add_argument("--quick", action="store_true", help="seconds each, to see that it runs")
    options = parser.parse_args(words)
    options.out.mkdir(parents=True, exist_ok=True)
    chosen = [one for one in BENCHMARKS if options.only is None or one.name in options.only]
    path = options.out / "run.json"
    # Those that are not run again keep their numbers, and what is known of them.
    known = read_json(path)["benchmarks"] if path.exists() else {}
    known |= {one.name: run_one(one, options.out, quick=options.quick) for one in chosen}
    write_json({"environment": describe_environment(), "benchmarks": known}, path)
    results = read_results(options.out, known)
    write_text(make_page(results, known), options.out / "table.md")
    draw(results, options.out / "throughput.svg")
    failed = [name for name, row in known.items() if row["exit_code"]]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}; see {path}")


def run_one(benchmark: Benchmark, out: Path, *, quick: bool) -> dict[str, Any]:
    """Run one script; say how long it took, what the load was before, and how it ended."""
    script = HERE / f"{benchmark.name}.py"
    if not script.exists():
        return {"exit_code": 1, "error": "there is no such script"}
    target = out / f"{benchmark.name}.json"
    target.unlink(missing_ok=True)
    words = ["--json", str(target)]
    if benchmark.detail:
        words += ["--detail", str(out / f"{benchmark.name}_detail.json")]
    words += benchmark.quick if quick else ()
    print(f"== {benchmark.name}", flush=True)
    load, began = os.getloadavg()[0], time.monotonic()
    done = subprocess.run(
        [sys.executable, str(script), *words], stderr=subprocess.PIPE, text=True, check=False
    )
    last = done.stderr.strip().splitlines()[-1:] if done.returncode else []
    print(*last, f"{benchmark.name}: {time.monotonic() - began:.0f} s", sep="\n", flush=True)
    return {
        "command": " ".join(["python", f"experiments/throughput/{script.name}", *words[2:]]),
        "exit_code": done.returncode,
        "error": "".join(last) or None,
        "seconds": round(time.monotonic() - began, 1),
        "load_average_1_min_before": round(load, 2),
        "quick": quick,
    }


def read_results(out: Path, known: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return what the benchmarks that ended well have written."""
    results = {}
    for benchmark in BENCHMARKS:
        if known.get(benchmark.name, {}).get("exit_code") != 0:
            continue
        results[benchmark.name] = read_json(out / f"{benchmark.name}.json")
        if benchmark.detail:
            results[f"{benchmark.name}_detail"] = read_json(out / f"{benchmark.name}_detail.json")
    return results


if __name__ == "__main__":
    main()
