"""How many samples per second does each augmentation make? See README.md.

python experiments/throughput/augmentation.py --json FILE [--detail FILE]

Samples of three sequences and the liver mask, five slices each: 20 channels. Everyone has the same
threads; rounds are interleaved, so that a disturbance meets everyone. A library that augments
one sample at a time counts as its documentation writes it, sample after sample with torch's
threads inside of each; MONAI in its plain or its lazy form, whichever is faster. Shown beside
them, as stricter comparisons without a target: one sample per thread, and MONAI with rotation
and zoom as ranges of its elastic transform, which resamples once. Putting samples into a batch
is not counted.
"""

import argparse
import time
from pathlib import Path
from typing import Any

import torch
from augmentation_contenders import Contender, Example, check_work, list_contenders, make_example
from environment import describe_environment
from timing import read_clock, spread

from cirrhosis.contracts.files import write_json

NAMES = ("ours", "monai", "torchio", "kornia", "batchgeneratorsv2", "copy")
TARGETS = {"monai": 6.0, "batchgeneratorsv2": 1.5, "copy": 1 / 5}


def main(words: list[str] | None = None) -> None:
    """Time everyone and write samples per second."""
    options = read_options(words)
    torch.set_num_threads(options.threads)
    environment = describe_environment()
    began = time.perf_counter()
    contenders = [
        one
        for one in list_contenders(options.size, options.threads)
        if not options.only or one.name.split(".")[0].split("_")[0] in options.only
    ]
    example = make_example(options.batch, options.size)
    rounds = time_rounds(contenders, example, options.rounds)
    speeds = {name: spread(values) for name, values in rounds.items()}
    best = {name: choose_best(name, speeds) for name in NAMES}
    summary = {name: speeds[form]["median"] for name, form in best.items() if form}
    write_json(summary, options.json)
    show(summary, best, speeds)
    if options.detail:
        detail = {
            "environment": environment,
            "channels": 20,
            "size": options.size,
            "batch": options.batch,
            "unit": "samples per second",
            "seconds_in_all": time.perf_counter() - began,
            "counts": best,
            "samples_per_round": {
                one.name: min(one.most_samples, options.batch) for one in contenders
            },
            "speeds": speeds,
            "rounds": rounds,
        }
        write_json(detail, options.detail)


def read_options(words: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="{name: samples per second}")
    parser.add_argument("--detail", type=Path, help="every variant and round, versions, machine")
    parser.add_argument("--size", type=int, default=512, help="of each side of an image")
    parser.add_argument("--batch", type=int, default=8, help="samples of a batch")
    parser.add_argument("--rounds", type=int, default=7, help="of which the median counts")
    parser.add_argument("--threads", type=int, default=2, help="for everyone")
    parser.add_argument("--only", nargs="*", choices=NAMES, help="leave the others out")
    return parser.parse_args(words)


def time_rounds(
    contenders: list[Contender], example: Example, n_rounds: int
) -> dict[str, list[float]]:
    """Return samples per second, round by round, of everyone; the first round is not counted."""
    untouched = Example(*(planes.clone() for planes in example))
    for one in contenders:
        check_work(one, example, one.run(example.first(one.most_samples)))
        if not all(map(torch.equal, example, untouched)):
            raise ValueError(f"{one.name} changed what it was given")
    speeds: dict[str, list[float]] = {one.name: [] for one in contenders}
    for _ in range(n_rounds):
        for one in contenders:
            speeds[one.name].append(time_once(one, example.first(one.most_samples)))
    return speeds


def time_once(contender: Contender, example: Example) -> float:
    """Return the samples per second of one call; its result is dropped within the time."""
    cpu = torch.device("cpu")
    start = read_clock(cpu)
    contender.run(example)
    return len(example.images) / (read_clock(cpu) - start)


def choose_best(name: str, speeds: dict[str, Any]) -> str | None:
    """Return the form of a library that counts, the faster; None if it was left out."""
    forms = [form for form in speeds if form in (name, f"{name}_lazy")]
    return max(forms, key=lambda form: speeds[form]["median"], default=None)


def show(summary: dict[str, float], best: dict[str, str | None], speeds: dict[str, Any]) -> None:
    """Print a table and how the targets stand."""
    for name, values in sorted(speeds.items(), key=lambda item: -item[1]["median"]):
        quartiles = f"{values['low_quartile']:8.2f} {values['high_quartile']:8.2f}"
        counted = "counts" if name in best.values() else ""
        milliseconds = 1000 / values["median"]
        print(f"{name:28}{values['median']:9.2f} /s {quartiles} {milliseconds:9.1f} ms  {counted}")
    for name, target in TARGETS.items():
        if name in summary and "ours" in summary:
            ratio = summary["ours"] / summary[name]
            verdict = "reached" if ratio >= target else "MISSED"
            print(f"ours / {name}: {ratio:.2f}, target at least {target:.2f}: {verdict}")
    for name in ("monai", "batchgeneratorsv2"):
        forms = [form for form in speeds if form.startswith(name) and form != best[name]]
        if forms and "ours" in summary:
            fastest = max(forms, key=lambda form: speeds[form]["median"])
            ratio = summary["ours"] / speeds[fastest]["median"]
            print(f"ours / {fastest}: {ratio:.2f}, without a target")


if __name__ == "__main__":
    main()
