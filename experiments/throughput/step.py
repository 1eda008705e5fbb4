"""How much longer is a step, and a whole run, than the network alone? See README.md.

python experiments/throughput/step.py --json FILE [--device cpu] [--sizes 64 128]

The file holds {device: {size: {overhead, run_ratio, samples_per_second, ...}}}, and at the top
the same three of the case that has a target, which `default_case` names.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import torch
from card import describe_peak
from environment import describe_environment
from product_run import compose_run, watched_by
from run_clock import RunClock
from step_clock import StepClock
from synthetic_source import write_source

from cirrhosis.commands import train
from cirrhosis.contracts.files import write_json

N_FOLDS = 5
NAMES = ("overhead", "run_ratio", "samples_per_second")


class Defaults(NamedTuple):
    """What is measured on a device if nothing else is asked for; the last size has a target."""

    sizes: list[int]
    run_sizes: list[int]
    precision: str


DEFAULTS = {
    "cpu": Defaults([64, 128], [64], "32-true"),
    "cuda": Defaults([512], [512], "bf16-mixed"),
}


def main(words: list[str] | None = None) -> None:
    """Measure every size and write what was found."""
    options = read_options(words)
    environment = describe_environment()
    cases: dict[str, dict[str, Any]] = {}
    for size in options.sizes:
        cases.setdefault(str(size), {}).update(measure_step(options, size))
        show(options.device, size, cases[str(size)])
    for size in options.run_sizes:
        cases.setdefault(str(size), {}).update(measure_run(options, size))
        show(options.device, size, cases[str(size)])
    for values in cases.values():
        values.update({name: values.get(name) for name in NAMES})
    chosen = {"device": options.device, "size": options.sizes[-1]}
    chosen["run_ratio_size"] = options.run_sizes[-1] if options.run_sizes else None
    step, run = cases[str(chosen["size"])], cases.get(str(chosen["run_ratio_size"]), {})
    content = {
        "overhead": step["overhead"],
        "run_ratio": run.get("run_ratio"),
        "samples_per_second": step["samples_per_second"],
        "default_case": chosen,
        options.device: cases,
        "synthetic": True,
        "model": options.model,
        "precision": options.precision,
        "environment": environment,
    }
    write_json(content, options.json)


def read_options(words: list[str] | None) -> argparse.Namespace:
    """Return the options of the command line, those of the device filled in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, required=True, help="where the numbers go")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="cuda if there is one")
    parser.add_argument("--sizes", type=int, nargs="+", help="of slices, for single steps")
    parser.add_argument("--run-sizes", type=int, nargs="*", help="of slices, for whole runs")
    parser.add_argument("--precision", choices=("32-true", "bf16-mixed"))
    parser.add_argument("--model", default="resnet18")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--steps", type=int, default=20, help="of an epoch")
    parser.add_argument("--epochs", type=int, default=30, help="of a whole run")
    parser.add_argument("--rounds", type=int, default=5, help="epochs that count")
    parser.add_argument("--block", type=int, help="steps in turn with bare ones")
    parser.add_argument("--threads", type=int, help="of torch; its own choice if not given")
    parser.add_argument("--words", nargs="*", default=[], help="further settings of training")
    parser.add_argument("--quick", action="store_true", help="seconds, to see that it runs")
    options = parser.parse_args(words)
    if options.quick:
        options.sizes, options.run_sizes, options.model = [16], [16], "small"
        options.batch, options.steps, options.epochs, options.rounds = 8, 3, 2, 2
    options.device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    defaults = DEFAULTS[options.device]
    options.sizes = options.sizes or defaults.sizes
    options.run_sizes = defaults.run_sizes if options.run_sizes is None else options.run_sizes
    options.precision = options.precision or defaults.precision
    options.block = options.block or (options.steps if options.device == "cuda" else 5)
    if options.threads:
        torch.set_num_threads(options.threads)
    return options


def measure_step(options: argparse.Namespace, size: int) -> dict[str, Any]:
    """Train a few epochs, full and bare steps in turns.

    No side stops and no restart point is written: both belong to the run.
    """
    clock = StepClock(options.block)
    settings = (
        "protocol=fixed_epochs",
        f"protocol.fixed_epochs={options.rounds + 1}",
        "callbacks.restart_every_n_epochs=0",
    )
    with tempfile.TemporaryDirectory(prefix="throughput-") as place:
        # The first fold is held out and only predicted.
        write_source(Path(place), size, (options.batch, options.steps * options.batch))
        config = compose_run(Path(place), size, [*settings, *words_of(options)])
        with watched_by(clock):
            train.run(config)
    found = clock.describe()
    rate = found["bare_flops_per_step"] / found["full_step_seconds"]["median"]
    return found | describe_peak(torch.device(options.device), options.precision, rate)


def measure_run(options: argparse.Namespace, size: int) -> dict[str, Any]:
    """Train one fold of five from beginning to end: validated, kept, tracked, predicted."""
    clock = RunClock(torch.device(options.device))
    n_train = options.steps * options.batch
    others = N_FOLDS - 2
    shares = [n_train // others + (number < n_train % others) for number in range(others)]
    with tempfile.TemporaryDirectory(prefix="throughput-") as place:
        write_source(Path(place), size, (n_train // others, n_train // others, *shares))
        settings = ("protocol=nested", f"trainer.max_epochs={options.epochs}")
        config = compose_run(Path(place), size, [*settings, *words_of(options)])
        with watched_by(clock), clock.watching():
            train.run(config)
    return clock.describe()


def words_of(options: argparse.Namespace) -> list[str]:
    """Return the settings of training that both measurements share."""
    return [
        f"model={options.model}",
        f"data.batch_size={options.batch}",
        f"trainer.accelerator={'gpu' if options.device == 'cuda' else 'cpu'}",
        f"trainer.precision={options.precision}",
        "augmentation=article",
        "logger=wandb",
        *options.words,
    ]


def show(device: str, size: int, values: dict[str, Any]) -> None:
    """Print the numbers of one case."""
    told = ", ".join(f"{name} {values[name]:.3f}" for name in NAMES if values.get(name))
    print(f"{device} {size} x {size}: {told}", flush=True)
    for name in ("overhead_parts", "run_ratio_parts"):
        parts = values.get(name, {})
        if parts:
            print(f"  {name}: " + ", ".join(f"{key} {part:.3f}" for key, part in parts.items()))


if __name__ == "__main__":
    main()
