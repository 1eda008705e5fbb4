"""Is a sweep complete that was killed again and again? See README.md beside this file.

python experiments/faults/sweep.py --kills 10 --json FILE [--out FOLDER] [SETTING ...]
"""

import argparse
import json
import os
import platform
import shutil
import signal
import sys
import time
from collections import Counter
from functools import partial
from importlib.metadata import version
from pathlib import Path

from command import Sweep
from disturbance import Disturbance, Record
from equality import find_differences
from family import start
from hydra import compose, initialize_config_dir
from kills import plan_kills
from run_watch import RunWatch
from source import make_source
from undisturbed import run_undisturbed

from cirrhosis.commands.configuration import CONF
from cirrhosis.contracts.files import write_json

LIBRARIES = ("cirrhosis", "torch", "pytorch-lightning", "hydra-core", "numpy")


def main(arguments: list[str] | None = None) -> int:
    """Train undisturbed and disturbed, write the numbers; 0 if everything is as it should be."""
    options = _parse(arguments)
    # As after Ctrl-C, what is started here is ended before this process ends.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    out = options.out.absolute()
    environment = os.environ | {"CIRRHOSIS_ROOT": str(out), "OMP_NUM_THREADS": "1"}
    make_source(out, environment)
    words = (f"sequences={options.sequences}", f"fold={options.folds}", *options.settings)
    undisturbed, disturbed = (Sweep(out / part, words) for part in ("undisturbed", "disturbed"))
    watch, tempo, seconds = run_undisturbed(undisturbed, environment)
    # Begun anew each time: what became of the runs of an earlier one was not seen.
    shutil.rmtree(disturbed.folder, ignore_errors=True)
    started = time.monotonic()
    kills = plan_kills(options.kills, watch.n_finished, options.seed)
    disturbance = Disturbance(
        partial(start, disturbed.line, disturbed.log, environment),
        disturbed.runs,
        kills,
        n_runs=watch.n_finished,
        tempo=tempo,
        seed=options.seed,
    )
    try:
        disturbance.run()
        disturbance.settle()
    finally:
        disturbance.end()
    times = {"undisturbed_seconds": seconds, "disturbed_seconds": time.monotonic() - started}
    differences = find_differences(undisturbed.runs, disturbed.runs)
    numbers = (
        {"runs": watch.n_finished, "seed": options.seed, "settings": options.settings}
        | describe(disturbance.watch, disturbance.record)
        | {"byte_equal": not differences, "differences": differences[:3]}
        | {name: round(value, 1) for name, value in times.items()}
        | {"seconds": round(sum(times.values()), 1), "launcher": _name_launcher(options.settings)}
        | {"cores": len(os.sched_getaffinity(0)), "python": platform.python_version()}
        | {"versions": {name: version(name) for name in LIBRARIES}}
    )
    write_json(numbers, options.json)
    print(json.dumps(numbers, indent=2))
    return 0 if is_sound(numbers, options.kills) else 1


def describe(watch: RunWatch, record: Record) -> dict[str, object]:
    """Return what became of the runs and what was done to them."""
    return {
        "finished": watch.n_finished,
        "retrained_after_finish": len(watch.touched),
        "touched": watch.touched,
        "kills": len(record.kills),
        "kills_that_hit_runs": sum(1 for kill in record.kills if kill["in_work"]),
        "kills_of": dict(Counter(str(kill["target"]) for kill in record.kills)),
        "exit_codes": record.exit_codes,
        "longest_orphan_seconds": max(record.orphan_seconds, default=0.0),
        "processes_left": len(record.left),
    }


def is_sound(numbers: dict[str, object], n_kills: int) -> bool:
    """Return whether the sweep ended complete, equal, and as often killed as asked."""
    wanted = {
        "finished": numbers["runs"],
        "retrained_after_finish": 0,
        "byte_equal": True,
        "processes_left": 0,
        "kills": n_kills,
    }
    return all(numbers[name] == value for name, value in wanted.items())


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    root = Path(os.environ.get("CIRRHOSIS_ROOT", "outputs")) / "faults"
    parser.add_argument("--out", type=Path, default=root, help="where cohort and runs go")
    parser.add_argument("--json", type=Path, required=True, help="where the numbers go")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1, help="of the moments and the targets")
    parser.add_argument("--sequences", default="all", help="combinations, as the command takes")
    parser.add_argument("--folds", default="all", help="folds, as the command takes")
    parser.add_argument("settings", nargs="*", help="of both sweeps, such as hydra/launcher=basic")
    return parser.parse_args(arguments)


def _name_launcher(settings: list[str]) -> str:
    words = ["experiment=demo", "sequences=t1", "fold=0", *settings]
    with initialize_config_dir(version_base="1.3", config_dir=CONF):
        config = compose("train", words, return_hydra_config=True)
    return str(config.hydra.runtime.choices["hydra/launcher"])


if __name__ == "__main__":
    sys.exit(main())
